// The CHECKs of a real database judge as the functions of core do, in every encoding that a file can have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "conversion_rule_cases.hpp"
#include "core/rules/conversion_rules.hpp"
#include "core/text/utf8.hpp"
#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

/// Inserts conversions by bound values, and takes them back.
class Table {
 public:
  explicit Table(sqlite3* db) : db_(db) {
    constexpr const char* kInsert =
        "INSERT INTO outbox (tracker, subid, status, tid, payout, cost, currency, params, event_id, due_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    if (sqlite3_prepare_v2(db, kInsert, -1, &insert_, nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(db));
    execute("BEGIN");
  }
  ~Table() { sqlite3_finalize(insert_); }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  /// The name of the CHECK that turns the row away, "" when it is taken, else SQLite's message.
  std::string broken_rule(const core::ConversionColumns& c) {
    const std::optional<std::string_view> texts[] = {c.tracker, c.subid,    c.status, c.tid,     c.payout,
                                                     c.cost,    c.currency, c.params, c.event_id};
    int index = 0;
    for (const auto& text : texts) bind(++index, text);
    sqlite3_bind_int64(insert_, ++index, c.due_at);
    const int code = sqlite3_step(insert_);
    std::string said = code == SQLITE_DONE ? "" : sqlite3_errmsg(db_);
    sqlite3_reset(insert_);
    if (code == SQLITE_DONE) execute("DELETE FROM outbox");
    constexpr std::string_view kCheck = "CHECK constraint failed: ";
    return said.starts_with(kCheck) ? said.substr(kCheck.size()) : said;
  }

 private:
  void bind(int index, const std::optional<std::string_view>& text) {
    if (!text) {
      sqlite3_bind_null(insert_, index);
    } else {
      sqlite3_bind_text64(insert_, index, text->empty() ? "" : text->data(), text->size(), SQLITE_STATIC,
                          SQLITE_UTF8);
    }
  }
  void execute(const char* sql) {
    if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(db_));
  }

  sqlite3* db_;
  sqlite3_stmt* insert_ = nullptr;
};

class ConversionRuleChecks : public testing::TestWithParam<std::string> {
 protected:
  ConversionRuleChecks()
      : database_("PRAGMA encoding = '" + GetParam() + "'"), table_(database_.sql().handle()) {}

  /// In UTF-16 SQLite replaces what is no UTF-8 before a CHECK sees it.
  static bool is_seen_as_written(const std::optional<std::string>& value) {
    return GetParam() == "UTF-8" || !value || core::is_utf8(*value);
  }

  TempDatabase database_;
  Table table_;
};

TEST_P(ConversionRuleChecks, TheFileHasTheEncodingThatIsMeant) {
  EXPECT_THAT(database_.sql().text("PRAGMA encoding"), testing::StartsWith(GetParam()));
}

TEST_P(ConversionRuleChecks, EachCaseBreaksTheCheckThatIsNamedAndNoOther) {
  for (const ConversionRuleCase& c : conversion_rule_cases()) {
    if (!is_seen_as_written(c.value)) continue;
    EXPECT_EQ(table_.broken_rule(conversion_with(c.column, c.value)), c.rule) << c;
  }
}

/// Texts put together from the pieces that the rules turn on. The seed is fixed: what fails once fails again.
TEST_P(ConversionRuleChecks, OfTextsMadeByChanceFunctionsAndChecksSayTheSame) {
  using namespace std::string_literals;
  const std::vector<std::string> general{"x",
                                         " ",
                                         "\t",
                                         "{",
                                         "}",
                                         "\0"s,
                                         "0",
                                         "я",
                                         "日",
                                         "😀",
                                         std::string(98, 'x'),
                                         std::string(250, 'y'),
                                         repeated("Ā", 99)};
  const std::vector<std::string> digits{"0", "1", "9", ".", "-",   "12", "00000000", "999999999999",
                                        ":", "/", "+", " ", "\0"s, "e",  "٥",        "İ"};
  const std::vector<std::string> letters{"a", "Z", "us", "usd", "[", "`", "\0"s, "1", "é", "\\", "ů"};
  const std::vector<std::string> json{
      "{", "}", "[", "]",  ":",   ",", "\"", "\"a\"", "\"tid\":1", "\"a\":1", "{}",  "null", "true",
      "1", "-", "0", ".5", "e+1", " ", "\n", "\\",    "\\u00",     "\\n",     "\0"s, "я"};
  const std::vector<std::pair<std::string, const std::vector<std::string>*>> columns{
      {"tracker", &general}, {"subid", &general},    {"status", &general},
      {"tid", &general},     {"event_id", &general}, {"payout", &digits},
      {"cost", &digits},     {"currency", &letters}, {"params", &json}};
  std::mt19937 chance(20231);
  std::set<std::string> met;
  for (int round = 0; round < 20'000; ++round) {
    const auto& [column, pieces] = columns[chance() % columns.size()];
    std::string text = column == "params" && chance() % 2 == 0 ? "{" : "";
    for (std::size_t left = chance() % 7; left > 0; --left) text += (*pieces)[chance() % pieces->size()];
    if (column == "params" && chance() % 2 == 0) text += "}";
    const std::optional<std::string> value = text;
    const auto columns_of_row = conversion_with(column, value);
    const std::string rule(core::broken_rule(columns_of_row).value_or(""));
    ASSERT_EQ(table_.broken_rule(columns_of_row), rule) << column << " = " << testing::PrintToString(text);
    met.insert(rule);
  }
  EXPECT_EQ(met.size(), core::kConversionRules.size())
      << "all rules but that of due_at, and rows that are taken";
}

INSTANTIATE_TEST_SUITE_P(Encodings, ConversionRuleChecks, testing::Values("UTF-8", "UTF-16le", "UTF-16be"),
                         [](const auto& parameter) {
                           std::string name = parameter.param;
                           std::erase(name, '-');
                           return name;
                         });

/// A number that is bound or written for a text is judged as the text that it becomes.
TEST(ConversionRuleChecksOfNumbers, ANumberIsJudgedAsTheTextThatItBecomes) {
  TempDatabase database;
  Sql& sql = database.sql();
  sql.run("CREATE TABLE held (value TEXT) STRICT");
  const struct {
    const char* column;
    const char* number;
    const char* text;
  } cases[] = {
      {"payout", "12", "12"},
      {"payout", "-3", "-3"},
      {"payout", "12.5", "12.5"},
      {"payout", "1.0", "1.0"},
      {"payout", "0.1 + 0.2", "0.3"},
      {"payout", "9223372036854775807", "9223372036854775807"},
      {"payout", "1e20", "1.0e+20"},
      {"payout", "1e-7", "1.0e-07"},
      {"payout", "1e999", "Inf"},
      {"cost", "-1e999", "-Inf"},
      {"subid", "7", "7"},
      {"subid", "-1.5", "-1.5"},
      {"status", "0", "0"},
      {"tid", "1234567890123456789", "1234567890123456789"},
      {"currency", "840", "840"},
      {"params", "5", "5"},
      {"event_id", "7", "7"},
      {"tracker", "1", "1"},
  };
  for (const auto& c : cases) {
    sql.run("DELETE FROM held; INSERT INTO held VALUES (" + std::string(c.number) + ")");
    const std::optional<std::string> held = sql.text("SELECT value FROM held");
    EXPECT_EQ(*held, c.text);
    const bool given = c.column == std::string("subid") || c.column == std::string("status");
    const std::string columns = given ? "subid, status" : std::string("subid, status, ") + c.column;
    const std::string values = c.column == std::string("subid") ? std::string(c.number) + ", 'sale'"
                               : c.column == std::string("status")
                                   ? std::string("'click', ") + c.number
                                   : std::string("'click', 'sale', ") + c.number;
    const std::string rule(core::broken_rule(conversion_with(c.column, held)).value_or(""));
    EXPECT_EQ(sql.error_of("INSERT INTO outbox (" + columns + ") VALUES (" + values + ")"),
              rule.empty() ? "" : "CHECK constraint failed: " + rule)
        << c.column << " = " << c.number;
  }
}

/// A CHECK that is added to the table is added to the functions too, or named here as none of a conversion's
/// own.
TEST(ConversionRuleChecksOfTheSchema, EveryCheckOfTheTableIsKnown) {
  TempDatabase database;
  const std::string table = database.sql().text("SELECT sql FROM sqlite_schema WHERE name = 'outbox'");
  std::vector<std::string> checks;
  constexpr std::string_view kConstraint = "CONSTRAINT ";
  for (auto at = table.find(kConstraint); at != std::string::npos; at = table.find(kConstraint, at)) {
    at += kConstraint.size();
    checks.push_back(table.substr(at, table.find_first_of(" \n", at) - at));
  }
  const std::vector<std::string> of_others{"id_must_be_from_1_to_9223372036854775806",
                                           "state_is_not_pending_delivered_duplicate_refused_dead_cancelled",
                                           "attempts_must_be_from_0_to_1000000000",
                                           "strikes_must_be_from_0_to_1000000000"};
  std::vector<std::string> of_conversion;
  for (const std::string& check : checks) {
    EXPECT_LE(check.size(), 63U) << check << ": PostgreSQL cuts longer names off";
    if (std::find(of_others.begin(), of_others.end(), check) == of_others.end())
      of_conversion.push_back(check);
  }
  EXPECT_THAT(of_conversion, testing::ElementsAreArray(core::kConversionRules)) << "in the same order";
  EXPECT_EQ(checks.size(), of_conversion.size() + of_others.size());
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
