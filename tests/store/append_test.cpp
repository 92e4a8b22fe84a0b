#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <string>

#include "keitaro_outbox/outbox.hpp"
#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

Conversion sale() {
  Conversion conversion;
  conversion.subid = "click";
  conversion.status = "sale";
  return conversion;
}

class Append : public testing::Test {
 protected:
  sqlite3* db() { return database_.sql().handle(); }
  Sql& sql() { return database_.sql(); }
  std::int64_t rows() { return sql().number("SELECT count(*) FROM outbox"); }
  /// Nothing of ours may be left behind on the caller's connection.
  void expect_clean(bool in_transaction) {
    EXPECT_EQ(sqlite3_next_stmt(db(), nullptr), nullptr);
    EXPECT_EQ(sqlite3_get_autocommit(db()) == 0, in_transaction);
  }

  TempDatabase database_;
};

TEST_F(Append, WritesWhatIsThereAndNullForWhatIsNot) {
  EXPECT_THAT(append(db(), sale()), Optional(1));
  Conversion full = sale();
  full.tracker = "eu";
  full.tid = "t";
  full.payout = "12.50";
  full.cost = "-3";
  full.currency = "usd";
  full.campaign = "c";
  full.params = R"({"a":"b"})";
  full.event_id = "e";
  full.due_at = 99;
  EXPECT_THAT(append(db(), full), Optional(2));
  EXPECT_THAT(sql().lines("SELECT tracker, subid, status, tid, payout, cost, currency, campaign, params, "
                          "event_id, due_at, state"
                          " FROM outbox ORDER BY id"),
              ElementsAre("default|click|sale|NULL|NULL|NULL|NULL|NULL|NULL|NULL|0|pending",
                          R"(eu|click|sale|t|12.50|-3|usd|c|{"a":"b"}|e|99|pending)"));
  expect_clean(false);
}

TEST_F(Append, TheSameEventIsAppendedOnce) {
  Conversion conversion = sale();
  conversion.event_id = "order-7";
  EXPECT_THAT(append(db(), conversion), Optional(1));
  EXPECT_EQ(append(db(), conversion), std::nullopt);
  EXPECT_EQ(rows(), 1);
}

TEST_F(Append, CountsOnlyWhenTheCallersTransactionCommits) {
  sql().run("BEGIN IMMEDIATE");
  append(db(), sale());
  expect_clean(true);
  sql().run("ROLLBACK");
  EXPECT_EQ(rows(), 0);
}

TEST_F(Append, ABrokenRuleIsNamedExplainedAndLeavesTheTransactionAsItWas) {
  struct Case {
    std::string Conversion::*field;
    std::string value;
    std::string rule;
    std::string words;
  };
  const Case cases[] = {
      {&Conversion::subid, "", "subid_must_have_1_to_255_characters",
       "its subid must have 1 to 255 characters"},
      {&Conversion::subid, "{subid}", "subid_holds_a_macro_that_was_not_filled_in",
       "its subid holds a macro that was not filled in"},
      {&Conversion::status, "", "status_must_have_1_to_100_characters",
       "its status must have 1 to 100 characters"},
      {&Conversion::tracker, "", "tracker_is_empty", "its tracker is empty"},
      {&Conversion::payout, "1,5", "payout_must_be_a_plain_decimal_such_as_12_5",
       "its payout must be a plain decimal such as 12.5"},
      {&Conversion::params, "[]", "params_must_be_a_json_object", "its params must be a json object"},
  };
  sql().run("BEGIN IMMEDIATE; CREATE TABLE orders (a); INSERT INTO orders VALUES (1);");
  for (const Case& c : cases) {
    Conversion conversion = sale();
    conversion.*c.field = c.value;
    try {
      append(db(), conversion);
      ADD_FAILURE() << c.rule << " was not seen";
    } catch (const RuleError& error) {
      EXPECT_EQ(error.rule(), c.rule);
      EXPECT_THAT(error.what(), AllOf(HasSubstr(c.words), HasSubstr("correct it and append it again")));
    }
    expect_clean(true);
  }
  append(db(), sale());
  sql().run("COMMIT");
  EXPECT_EQ(rows(), 1);
  EXPECT_EQ(sql().number("SELECT count(*) FROM orders"), 1);
}

TEST_F(Append, WithoutTheSchemaSaysHowToInstallIt) {
  Sql empty(database_.dir().file("empty.db"));
  try {
    append(empty.handle(), sale());
    FAIL() << "nothing was thrown";
  } catch (const RuleError&) {
    FAIL() << "no rule was broken";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("run `keitaro-outbox init --db "));
  }
  install_schema(empty.handle());
  EXPECT_THAT(append(empty.handle(), sale()), Optional(1));
}

TEST_F(Append, ALockedDatabaseIsAnErrorAndNothingIsLeftOpen) {
  Sql other(database_.path());
  other.run("BEGIN IMMEDIATE");
  sql().run("PRAGMA busy_timeout = 0");
  EXPECT_THROW(append(db(), sale()), Error);
  expect_clean(false);
  other.run("COMMIT");
  EXPECT_THAT(append(db(), sale()), Optional(1));
}

TEST_F(Append, ATriggerOfTheApplicationsThatSaysNoIsQuoted) {
  sql().run(
      "CREATE TRIGGER guard BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'closed for today'); END");
  try {
    append(db(), sale());
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("closed for today"));
  }
}

TEST_F(Append, InstallingTheSchemaInsideATransactionIsAnError) {
  Sql empty(database_.dir().file("empty.db"));
  empty.run("BEGIN");
  EXPECT_THROW(install_schema(empty.handle()), Error);
  empty.run("COMMIT");
  install_schema(empty.handle());
  install_schema(empty.handle());
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
