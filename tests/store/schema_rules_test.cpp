#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

/// What no application writes, and the ids that it should leave to SQLite: rules that a conversion itself
/// does not have.
TEST(Schema, TheRulesOfTheRestTurnAwayByTheirNamesToo) {
  const struct {
    const char* columns;
    const char* values;
    const char* rule;
  } cases[] = {
      {"state", "'cancelled'", ""},
      {"state", "'sent'", "state_is_not_pending_delivered_duplicate_refused_dead_cancelled"},
      {"state", "'Pending'", "state_is_not_pending_delivered_duplicate_refused_dead_cancelled"},
      {"attempts", "0", ""},
      {"attempts", "1000000000", ""},
      {"attempts", "-1", "attempts_must_be_from_0_to_1000000000"},
      {"attempts", "1000000001", "attempts_must_be_from_0_to_1000000000"},
      {"attempts", "9223372036854775807", "attempts_must_be_from_0_to_1000000000"},
      {"strikes", "-1", "strikes_must_be_from_0_to_1000000000"},
      {"strikes", "1000000001", "strikes_must_be_from_0_to_1000000000"},
      {"id", "NULL", ""},
      {"id", "7", ""},
      {"id", "0", "id_must_be_from_1_to_9223372036854775806"},
      {"id", "-1", "id_must_be_from_1_to_9223372036854775806"},
      {"id", "-9223372036854775808", "id_must_be_from_1_to_9223372036854775806"},
      {"id", "9223372036854775807", "id_must_be_from_1_to_9223372036854775806"},
      {"id", "9223372036854775806", ""},
  };
  TempDatabase database;
  for (const auto& c : cases) {
    EXPECT_EQ(database.sql().error_of("INSERT INTO outbox (subid, status, " + std::string(c.columns) +
                                      ") VALUES ('click', 'sale', " + c.values + ")"),
              *c.rule == '\0' ? "" : std::string("CHECK constraint failed: ") + c.rule)
        << c.columns << " = " << c.values;
  }
  EXPECT_EQ(database.sql().error_of("UPDATE outbox SET attempts = 1000000001"),
            "CHECK constraint failed: attempts_must_be_from_0_to_1000000000");
  for (const char* count : {"-1", "1000000000000001", "9223372036854775807"}) {
    EXPECT_EQ(database.sql().error_of("UPDATE outbox_worker SET recorded = " + std::string(count)),
              "CHECK constraint failed: recorded_must_be_from_0_to_1000000000000000")
        << count;
  }
}

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
