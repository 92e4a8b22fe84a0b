#include "sqlite/intake/row_fault.hpp"

#include <sqlite3.h>

#include "core/rules/conversion_rules.hpp"
#include "sqlite/schema/broken_rule.hpp"

namespace keitaro_outbox::sqlite {

std::optional<std::string> fault_of_row(const SqlError& error) {
  if (const auto rule = broken_rule(error)) return core::words_of_rule(*rule);
  const bool lacks_our_schema =
      (error.code() & 0xff) == SQLITE_ERROR && error.kind() == ports::StoreError::Kind::schema;
  if (!lacks_our_schema && speaks_of_a_row(error.code()))
    return "the database turned it away: " + error.said();
  return std::nullopt;
}

bool concerns_statement_only(const SqlError& error) {
  return (error.code() & 0xff) == SQLITE_ERROR || fault_of_row(error);
}

}  // namespace keitaro_outbox::sqlite
