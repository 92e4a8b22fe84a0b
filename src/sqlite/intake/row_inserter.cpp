#include "sqlite/intake/row_inserter.hpp"

#include <optional>

#include "sqlite/admin/append_row.hpp"
#include "sqlite/embedded_sql.hpp"

namespace keitaro_outbox::sqlite {

RowInserter::RowInserter(const SQLite::Database& db)
    : db_(db),
      append_(prepare(db, sql::append)),
      row_exists_(prepare(db, sql::row_exists)),
      read_event_(prepare(db, sql::read_event)) {}

RowInserter::Inserted RowInserter::insert(const Conversion& conversion) {
  return with_store_errors(db_, [&] {
    std::optional<std::int64_t> id;
    {
      Run run(append_);
      id = append_row(run, conversion);
    }
    if (id) {
      Run run(row_exists_);
      return run.bind(":id", *id).step() ? Inserted::row : Inserted::taken_away;
    }
    if (conversion.event_id.empty()) return Inserted::taken_away;
    Run run(read_event_);
    return run.bind(":event_id", conversion.event_id).step() ? Inserted::event_known : Inserted::taken_away;
  });
}

}  // namespace keitaro_outbox::sqlite
