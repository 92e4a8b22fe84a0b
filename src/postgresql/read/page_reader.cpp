#include "postgresql/read/page_reader.hpp"

#include "core/text/column_values.hpp"
#include "postgresql/embedded_sql.hpp"
#include "postgresql/read/records.hpp"
#include "stores/page_reader.hpp"

namespace keitaro_outbox::postgresql {
namespace {

using ports::PageFilter;
using ports::RowPage;

class PostgresqlPageReader final : public stores::PageReader {
 public:
  PostgresqlPageReader(Connection& connection, const PageFilter& filter, std::size_t limit, core::Millis time)
      : PageReader(filter, limit, time), connection_(connection) {}

 private:
  std::int64_t count_pending(std::int64_t most) override {
    return connection_.run({sql::page_pending_count, Parameters().add(most)}).integer(0, 0);
  }
  void take_pending(std::int64_t below) override { take_rows(sql::page_pending, 0, below); }
  bool take_range(std::int64_t from, std::int64_t below) override {
    return take_rows(sql::page_rows, from, below);
  }
  std::optional<std::int64_t> next_row(std::int64_t below) override {
    Statement next{sql::page_next, Parameters().add(below)};
    if (asks_for_undelivered())
      next = {sql::page_next_undelivered, Parameters().add(below).add(core::name_of(*filter().state))};
    const Result found = connection_.run(next);
    return found.empty() ? std::nullopt : std::optional(found.integer(0, 0));
  }

  bool take_rows(std::string_view statement, std::int64_t from, std::int64_t below) {
    const Result found = connection_.run({statement, Parameters()
                                                         .add(from)
                                                         .add(below)
                                                         .add(core::name_of(filter().state))
                                                         .add(filter().tracker)
                                                         .add(filter().campaign)
                                                         .add(filter().subid)
                                                         .add(filter().tid)
                                                         .add(filter().subid_or_tid)
                                                         .add(filter().status)
                                                         .add(filter().reason)});
    for (int row = 0; row < found.rows(); ++row) {
      if (!take(row_record(found, row))) return false;
    }
    return true;
  }

  Connection& connection_;
};

}  // namespace

RowPage read_page(Connection& connection, const PageFilter& filter, std::optional<core::OutboxId> below,
                  std::size_t limit, core::Millis time) {
  return PostgresqlPageReader(connection, filter, limit, time).read(below);
}

}  // namespace keitaro_outbox::postgresql
