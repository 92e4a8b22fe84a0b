#include "sqlite/intake/row_fault.hpp"

#include <sqlite3.h>

#include "core/rules/conversion_rules.hpp"
#include "sqlite/schema/broken_rule.hpp"

namespace keitaro_outbox::sqlite {

std::optional<std::string> fault_of_row(const SqlError& error) {
  if (const auto rule = broken_rule(error)) return core::words_of_rule(*rule);
  const int code = error.code() & 0xff;
  const bool failed_at_row = code == SQLITE_MISMATCH || code == SQLITE_TOOBIG ||
                             (code == SQLITE_ERROR && error.kind() != ports::StoreError::Kind::schema);
  if (code == SQLITE_CONSTRAINT || failed_at_row) return "the database turned it away: " + error.said();
  return std::nullopt;
}

bool concerns_statement_only(const SqlError& error) {
  return (error.code() & 0xff) == SQLITE_ERROR || fault_of_row(error);
}

}  // namespace keitaro_outbox::sqlite
