#include "sqlite/schema/rule_words.hpp"

#include <sqlite3.h>

#include "core/text/ascii.hpp"

namespace keitaro_outbox::sqlite {

std::optional<std::string> broken_rule(const SqlError& error) {
  constexpr std::string_view kCheckFailed = "CHECK constraint failed: ";
  const std::string_view said = error.said();
  if (error.code() != SQLITE_CONSTRAINT_CHECK || !said.starts_with(kCheckFailed)) return std::nullopt;
  return std::string(said.substr(kCheckFailed.size()));
}

std::string words_of_rule(std::string_view rule) {
  std::string words(rule);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] != '_') continue;
    const bool in_number = i > 0 && i + 1 < words.size() && core::ascii::is_digit(words[i - 1]) &&
                           core::ascii::is_digit(words[i + 1]);
    words[i] = in_number ? '.' : ' ';
  }
  return words;
}

}  // namespace keitaro_outbox::sqlite
