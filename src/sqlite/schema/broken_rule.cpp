#include "sqlite/schema/broken_rule.hpp"

#include <sqlite3.h>

#include <string_view>

namespace keitaro_outbox::sqlite {

std::optional<std::string> broken_rule(const SqlError& error) {
  constexpr std::string_view kCheckFailed = "CHECK constraint failed: ";
  const std::string_view said = error.said();
  if (error.code() != SQLITE_CONSTRAINT_CHECK || !said.starts_with(kCheckFailed)) return std::nullopt;
  return std::string(said.substr(kCheckFailed.size()));
}

}  // namespace keitaro_outbox::sqlite
