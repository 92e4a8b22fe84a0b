#include <sqlite3.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

#include "keitaro_outbox/outbox.hpp"
#include "sqlite/embedded_sql.hpp"
#include "sqlite/errors.hpp"
#include "sqlite/migrator.hpp"
#include "sqlite/statement.hpp"

namespace keitaro_outbox {
namespace {

constexpr std::string_view kCheckFailed = "CHECK constraint failed: ";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// A CHECK's name as words. Between two digits the underscore stands for a point: `such_as_12_5`.
std::string words_of(std::string_view rule) {
  std::string words(rule);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] != '_') continue;
    const bool in_number = i > 0 && i + 1 < words.size() && is_digit(words[i - 1]) && is_digit(words[i + 1]);
    words[i] = in_number ? '.' : ' ';
  }
  return words;
}

[[noreturn]] void report(const sqlite::SqlError& error) {
  const std::string_view said = error.said();
  if (error.code() == SQLITE_CONSTRAINT_CHECK && said.starts_with(kCheckFailed)) {
    const std::string rule(said.substr(kCheckFailed.size()));
    throw RuleError(
        rule, "the conversion was not appended: its " + words_of(rule) + "; correct it and append it again");
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
    sqlite::Statement insert(db, sqlite::sql::append);
    sqlite::Statement::Run run(insert);
    run.bind(":tracker", conversion.tracker)
        .bind(":campaign", conversion.campaign)
        .bind(":subid", conversion.subid)
        .bind(":status", conversion.status)
        .bind(":tid", conversion.tid)
        .bind(":payout", conversion.payout)
        .bind(":cost", conversion.cost)
        .bind(":currency", conversion.currency)
        .bind(":params", conversion.params)
        .bind(":event_id", conversion.event_id)
        .bind(":due_at", conversion.due_at);
    std::optional<std::int64_t> id;
    // To the end: outside of a transaction the row is committed only then.
    while (run.step()) id = run.integer(0);
    return id;
  } catch (const sqlite::SqlError& error) {
    report(error);
  }
}

}  // namespace keitaro_outbox
