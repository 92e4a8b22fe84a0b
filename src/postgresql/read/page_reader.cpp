#include "postgresql/read/page_reader.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "core/text/reason_groups.hpp"
#include "postgresql/embedded_sql.hpp"
#include "postgresql/read/records.hpp"

namespace keitaro_outbox::postgresql {
namespace {

using ports::PageFilter;
using ports::RowPage;

/// A backlog that is no larger is sorted as a whole; in a larger one the newest rows are walked.
constexpr std::int64_t kSmallBacklog = 20'000;

/// Ids looked through in one step: few at first, as most pages are full at once.
constexpr std::int64_t kFirstStep = 1'000;
constexpr std::int64_t kLongestStep = 64'000;

bool is_undelivered(const std::optional<core::State>& state) {
  return state && *state != core::State::pending && *state != core::State::delivered;
}

class PageReader {
 public:
  PageReader(Connection& connection, const PageFilter& filter, std::size_t limit, core::Millis time)
      : connection_(connection),
        filter_(filter),
        limit_(limit),
        end_(std::chrono::steady_clock::now() + time) {}

  RowPage read(std::optional<core::OutboxId> below) {
    // No row has the largest id of all: see the table's CHECK.
    const std::int64_t from = below ? below->value : std::numeric_limits<std::int64_t>::max();
    if (filter_.state == core::State::pending && backlog_is_small()) {
      take(connection_.run({sql::page_pending, range(0, from)}));
    } else {
      walk(from);
    }
    return std::move(page_);
  }

 private:
  bool backlog_is_small() {
    return connection_.run({sql::page_pending_count, Parameters().add(kSmallBacklog + 1)}).integer(0, 0) <=
           kSmallBacklog;
  }

  Parameters range(std::int64_t from, std::int64_t below) const {
    return Parameters()
        .add(from)
        .add(below)
        .add(filter_.state ? std::optional(core::name_of(*filter_.state)) : std::nullopt)
        .add(filter_.tracker)
        .add(filter_.campaign)
        .add(filter_.subid)
        .add(filter_.tid)
        .add(filter_.subid_or_tid)
        .add(filter_.status)
        .add(filter_.reason);
  }

  /// False once the page is full.
  bool take(const Result& found) {
    for (int at = 0; at < found.rows(); ++at) {
      ports::RowRecord row = row_record(found, at);
      if (filter_.reason_kind && core::reason_kind(row.reason.value_or("")) != *filter_.reason_kind) continue;
      if (page_.rows.size() == limit_) {
        page_.below = page_.rows.back().id;
        return false;
      }
      page_.rows.push_back(std::move(row));
    }
    return true;
  }

  void walk(std::int64_t below) {
    for (std::int64_t step = kFirstStep;; step = std::min(step * 2, kLongestStep)) {
      const auto top = next_row(below);
      if (!top) return;
      const std::int64_t from = std::max<std::int64_t>(*top - step + 1, 0);
      if (!take(connection_.run({sql::page_rows, range(from, *top + 1)}))) return;
      below = from;
      if (std::chrono::steady_clock::now() < end_) continue;
      page_.below = core::OutboxId{below};
      return;
    }
  }

  std::optional<std::int64_t> next_row(std::int64_t below) {
    Statement next{sql::page_next, Parameters().add(below)};
    if (is_undelivered(filter_.state))
      next = {sql::page_next_undelivered, Parameters().add(below).add(core::name_of(*filter_.state))};
    const Result found = connection_.run(next);
    return found.empty() ? std::nullopt : std::optional(found.integer(0, 0));
  }

  Connection& connection_;
  const PageFilter& filter_;
  const std::size_t limit_;
  const core::SteadyTime end_;
  RowPage page_;
};

}  // namespace

RowPage read_page(Connection& connection, const PageFilter& filter, std::optional<core::OutboxId> below,
                  std::size_t limit, core::Millis time) {
  return PageReader(connection, filter, limit, time).read(below);
}

}  // namespace keitaro_outbox::postgresql
