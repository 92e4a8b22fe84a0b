#include "sqlite/intake/row_fault.hpp"

#include <sqlite3.h>

#include "core/rules/conversion_rules.hpp"
#include "sqlite/schema/broken_rule.hpp"

namespace keitaro_outbox::sqlite {

std::optional<std::string> fault_of_row(const SqlError& error) {
  if (const auto rule = broken_rule(error)) return core::words_of_rule(*rule);
  if ((error.code() & 0xff) == SQLITE_CONSTRAINT) return "the database turned it away: " + error.said();
  return std::nullopt;
}

}  // namespace keitaro_outbox::sqlite
