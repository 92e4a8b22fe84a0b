#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using namespace std::string_literals;

/// A row given by one column's value, an SQL expression; the rest of it is in order. An empty rule: the row
/// is taken.
struct RuleCase {
  std::string column;
  std::string value;
  std::string rule;

  friend std::ostream& operator<<(std::ostream& out, const RuleCase& c) {
    return out << c.column << " = " << c.value.substr(0, 60);
  }
};

const std::string kTracker = "tracker_is_empty";
const std::string kLength = "subid_must_have_1_to_255_characters";
const std::string kMacro = "subid_holds_a_macro_that_was_not_filled_in";
const std::string kStatus = "status_must_have_1_to_100_characters";
const std::string kTid = "tid_must_have_at_most_100_characters";
const std::string kCurrency = "currency_must_be_three_letters";
const std::string kJson = "params_must_be_a_json_object";
const std::string kRepeat = "params_must_not_repeat_what_has_a_column_or_return";
const std::string kDue = "due_at_must_be_unix_milliseconds";
const std::string kState = "state_must_be_pending_delivered_duplicate_refused_dead_or_cancelled";

std::vector<RuleCase> text_rules() {
  return {
      {"tracker", "'eu'", ""},
      {"tracker", "''", kTracker},
      {"subid", "'x'", ""},
      {"subid", quoted(std::string(255, 'x')), ""},
      {"subid", "replace(hex(zeroblob(127)), '00', 'яя') || 'я'", ""},
      {"subid", quoted(std::string(256, 'x')), kLength},
      {"subid", "''", kLength},
      {"subid", "'{subid}'", kMacro},
      {"subid", "'{subid'", kMacro},
      {"subid", "'a}'", kMacro},
      {"subid", "'37o23c7.1f.381o'", ""},
      {"status", "'approve'", ""},
      {"status", "'A name of ours'", ""},
      {"status", "''", kStatus},
      {"status", "'   '", kStatus},
      {"status", quoted(std::string(101, 'x')), kStatus},
      {"tid", "NULL", ""},
      {"tid", "''", ""},
      {"tid", quoted(std::string(100, 'x')), ""},
      {"tid", quoted(std::string(101, 'x')), kTid},
      {"currency", "NULL", ""},
      {"currency", "'usd'", ""},
      {"currency", "'EuR'", ""},
      {"currency", "''", kCurrency},
      {"currency", "'us'", kCurrency},
      {"currency", "'usdt'", kCurrency},
      {"currency", "'us1'", kCurrency},
      {"currency", "'€uro'", kCurrency},
      {"currency", "'€€€'", kCurrency},
      {"currency", quoted("usd\0x"s), kCurrency},
      {"params", "NULL", ""},
      {"params", "'{}'", ""},
      {"params", R"('{"sub_id_1":"x","sub_id_2":2,"lead_status":"wait"}')", ""},
      {"params", "''", kJson},
      {"params", "'x=y'", kJson},
      {"params", "'[1]'", kJson},
      {"params", "'\"text\"'", kJson},
      {"params", "'{'", kJson},
      {"due_at", "0", ""},
      {"due_at", "1800000000000", ""},
      {"due_at", "-1", kDue},
      {"state", "'cancelled'", ""},
      {"state", "'sent'", kState},
      {"state", "'Pending'", kState},
  };
}

std::vector<RuleCase> params_rules() {
  std::vector<RuleCase> cases;
  for (const char* name : {"subid", "status", "tid", "payout", "revenue", "cost", "currency", "return"}) {
    cases.push_back({"params", "'{\"a\":\"b\",\""s + name + "\":\"x\"}'", kRepeat});
    cases.push_back({"params", "'{\""s + name + "\":null}'", kRepeat});
  }
  return cases;
}

std::vector<RuleCase> amount_rules() {
  std::vector<RuleCase> cases;
  for (const std::string column : {"payout", "cost"}) {
    const std::string decimal = column + "_must_be_a_plain_decimal_such_as_12_5";
    const std::string size = column + "_must_have_at_most_14_digits_before_the_point_and_32_characters";
    for (const char* good :
         {"NULL", "'0'", "'12.5'", "'-3'", "'007.10'", "'-0.0001'", "'99999999999999.9999'",
          "'0.333333333333333333333333333333'", "'-99999999999999'"}) {
      cases.push_back({column, good, ""});
    }
    for (const char* bad :
         {"''",    "'-'",  "'.'",   "'.5'", "'5.'", "'-.5'", "'+5'",  "'1,5'", "'1e3'", "'1.2.3'",
          "'--5'", "'5-'", "'1-2'", "' 5'", "'5 '", "'0x1'", "'inf'", "'NaN'", "'$5'",  "'٥'"}) {
      cases.push_back({column, bad, decimal});
    }
    cases.push_back({column, quoted("12.5\0junk"s), decimal});
    cases.push_back({column, "'100000000000000'", size});
    cases.push_back({column, "'-100000000000000.5'", size});
    cases.push_back({column, "'0.3333333333333333333333333333333'", size});
  }
  return cases;
}

class SchemaRule : public testing::TestWithParam<RuleCase> {};

TEST_P(SchemaRule, TurnsAwayByItsNameWhatBreaksItAndTakesTheRest) {
  const RuleCase& c = GetParam();
  TempDatabase database;
  const bool given = c.column == "subid" || c.column == "status";
  const std::string columns = given ? "subid, status" : "subid, status, " + c.column;
  const std::string values = c.column == "subid"    ? c.value + ", 'sale'"
                             : c.column == "status" ? "'click', " + c.value
                                                    : "'click', 'sale', " + c.value;
  EXPECT_EQ(database.sql().error_of("INSERT INTO outbox (" + columns + ") VALUES (" + values + ")"),
            c.rule.empty() ? "" : "CHECK constraint failed: " + c.rule);
  EXPECT_EQ(database.sql().number("SELECT count(*) FROM outbox"), c.rule.empty() ? 1 : 0);
}

INSTANTIATE_TEST_SUITE_P(Texts, SchemaRule, testing::ValuesIn(text_rules()));
INSTANTIATE_TEST_SUITE_P(Params, SchemaRule, testing::ValuesIn(params_rules()));
INSTANTIATE_TEST_SUITE_P(Amounts, SchemaRule, testing::ValuesIn(amount_rules()));

TEST(Schema, SubidAndStatusAreRequired) {
  TempDatabase database;
  EXPECT_EQ(database.sql().error_of("INSERT INTO outbox (status) VALUES ('sale')"),
            "NOT NULL constraint failed: outbox.subid");
  EXPECT_EQ(database.sql().error_of("INSERT INTO outbox (subid) VALUES ('click')"),
            "NOT NULL constraint failed: outbox.status");
}

TEST(Schema, ANumberThatIsNoTextOrTimeIsTurnedAway) {
  TempDatabase database;
  EXPECT_THAT(
      database.sql().error_of("INSERT INTO outbox (subid, status, due_at) VALUES ('a', 'sale', 'tomorrow')"),
      testing::HasSubstr("cannot store TEXT value in INTEGER column outbox.due_at"));
  EXPECT_THAT(database.sql().error_of("INSERT INTO outbox (subid, status) VALUES (x'00', 'sale')"),
              testing::HasSubstr("cannot store BLOB value in TEXT column outbox.subid"));
}

TEST(Schema, ARowHasItsDefaults) {
  TempDatabase database;
  Sql& sql = database.sql();
  const auto before = sql.number("SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)");
  sql.run("INSERT INTO outbox (subid, status) VALUES ('abc', 'approve')");
  const auto after = sql.number("SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)");
  EXPECT_THAT(
      sql.lines("SELECT tracker, due_at, state, attempts, strikes, tid, waits_for, finished_at FROM outbox"),
      testing::ElementsAre("default|0|pending|0|0|NULL|NULL|NULL"));
  EXPECT_GE(sql.number("SELECT created_at FROM outbox"), before - 1);
  EXPECT_LE(sql.number("SELECT created_at FROM outbox"), after + 1);
}

TEST(Schema, TheSameEventIsInsertedOnceWithoutHarm) {
  TempDatabase database;
  const std::string insert = "INSERT INTO outbox (subid, status, event_id) VALUES ('a', 'sale', 'order-7') ";
  database.sql().run(insert + "ON CONFLICT DO NOTHING");
  database.sql().run(insert + "ON CONFLICT DO NOTHING");
  EXPECT_EQ(database.sql().number("SELECT count(*) FROM outbox"), 1);
  EXPECT_EQ(database.sql().error_of(insert), "UNIQUE constraint failed: outbox.event_id");
}

TEST(Schema, AnIdIsNeverUsedAgain) {
  TempDatabase database;
  database.sql().run("INSERT INTO outbox (subid, status) VALUES ('a', 'sale'); DELETE FROM outbox;");
  database.sql().run("INSERT INTO outbox (subid, status) VALUES ('b', 'sale')");
  EXPECT_EQ(database.sql().number("SELECT id FROM outbox"), 2);
}

TEST(Schema, ConversionsHoldKeitaroStatusesOnly) {
  TempDatabase database;
  const std::string insert =
      "INSERT INTO conversions (tracker, subid, status, sent_status, outbox_id, taken_in_at) VALUES ('t', "
      "'s', ";
  EXPECT_EQ(database.sql().error_of(insert + "'approve', 'approve', 1, 1)"),
            "CHECK constraint failed: status_must_be_lead_sale_rejected_or_rebill");
  EXPECT_EQ(database.sql().error_of(insert + "'sale', 'approve', 1, 1)"), "");
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
