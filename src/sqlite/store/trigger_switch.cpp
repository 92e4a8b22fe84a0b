#include "sqlite/store/trigger_switch.hpp"

#include <sqlite3.h>

#include "sqlite/embedded_sql.hpp"

namespace keitaro_outbox::sqlite {
namespace {

std::int64_t single_integer(SQLite::Statement& statement) {
  Run run(statement);
  run.step();
  return run.integer(0);
}

}  // namespace

TriggerSwitch::TriggerSwitch(SQLite::Database& db)
    : db_(db), schema_version_(prepare(db, sql::schema_version)) {}

void TriggerSwitch::look() {
  const std::int64_t version = single_integer(schema_version_);
  if (version == seen_version_) return;
  set(integer_of(db_, sql::triggers_of_others) != 0);
  seen_version_ = version;
}

void TriggerSwitch::set(bool on) {
  sqlite3_db_config(db_.getHandle(), SQLITE_DBCONFIG_ENABLE_TRIGGER, on ? 1 : 0, nullptr);
  on_ = on;
}

}  // namespace keitaro_outbox::sqlite
