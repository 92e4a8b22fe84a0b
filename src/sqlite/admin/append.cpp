#include <sqlite3.h>

#include <string>

#include "core/rules/conversion_rules.hpp"
#include "keitaro_outbox/outbox.hpp"
#include "sqlite/admin/append_row.hpp"
#include "sqlite/base/errors.hpp"
#include "sqlite/embedded_sql.hpp"
#include "sqlite/schema/broken_rule.hpp"
#include "sqlite/schema/handle_statement.hpp"
#include "sqlite/schema/migrator.hpp"

namespace keitaro_outbox {
namespace {

[[noreturn]] void report(const sqlite::SqlError& error) {
  if (const auto rule = sqlite::broken_rule(error)) {
    throw RuleError(*rule, "the conversion was not appended: its " + core::words_of_rule(*rule) +
                               "; correct it and append it again");
  }
  throw Error(error.what());
}

}  // namespace

void install_schema(sqlite3* db) {
  try {
    sqlite::migrate(db);
  } catch (const ports::StoreError& error) {
    throw Error(error.what());
  }
}

std::optional<std::int64_t> append(sqlite3* db, const Conversion& conversion) {
  try {
    sqlite::HandleStatement insert(db, sqlite::sql::append);
    return sqlite::append_row(insert, conversion);
  } catch (const sqlite::SqlError& error) {
    report(error);
  }
}

}  // namespace keitaro_outbox
