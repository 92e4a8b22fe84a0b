#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "keitaro_outbox/error.hpp"
#include "ports/clock.hpp"
#include "postgresql/admin/bulk_insert.hpp"
#include "postgresql/admin/pruner.hpp"
#include "postgresql/admin/row_admin.hpp"
#include "postgresql/base/connection.hpp"
#include "postgresql/read/backlog_reader.hpp"
#include "postgresql/read/row_reader.hpp"
#include "postgresql/temp_schema.hpp"

namespace keitaro_outbox::postgresql_tests {
namespace {

using core::State;
using postgresql::Connection;
using testing::ElementsAre;
using testing::Pair;
using Kind = ports::ImportResult::Kind;
using Mode = ports::BulkInsert::Mode;

Conversion conversion(const std::string& subid) {
  Conversion conversion;
  conversion.subid = subid;
  conversion.status = "sale";
  return conversion;
}

class Admin : public testing::Test {
 protected:
  std::int64_t count(const std::string& of) {
    return people_.run("SELECT count(*) FROM " + of).integer(0, 0);
  }
  void run(const std::string& statements) { people_.run(statements); }
  static std::vector<std::string> wrong(postgresql::RowReader& reader) {
    std::vector<std::string> subjects;
    for (const ports::SetupCheck& check : reader.setup()) {
      if (check.result == ports::SetupCheck::Result::wrong) subjects.push_back(check.subject);
    }
    return subjects;
  }

  TempSchema schema_;
  Connection people_{schema_.address()};
};

TEST_F(Admin, AConversionIsAppendedOnceForEachEventAndTurnedAwayInCoresWords) {
  postgresql::RowAdmin admin(schema_.address());
  Conversion paid = conversion("click");
  paid.payout = "12.50";
  paid.params = R"({"a":"b"})";
  paid.event_id = "paid";
  EXPECT_EQ(admin.append(paid), 1);
  EXPECT_EQ(admin.append(paid), std::nullopt);
  paid.payout = "1,5";
  EXPECT_THROW(admin.append(paid), RuleError);
  EXPECT_EQ(count("outbox WHERE payout = 12.5 AND due_at = '-infinity'"), 1);
}

TEST_F(Admin, AnImportSaysWhatBecameOfEachRowAndATrialWritesNothing) {
  std::vector<Conversion> rows{conversion("a"), conversion(""), conversion("b"), conversion("c")};
  rows[2].event_id = rows[3].event_id = "same";
  rows.push_back(conversion("d"));
  rows.back().params = R"({"a":"\u0000"})";  // core takes it, and no jsonb does
  for (const Mode mode : {Mode::try_out, Mode::write}) {
    postgresql::BulkInsert import(schema_.address(), mode);
    const auto results = import.add(rows);
    ASSERT_EQ(results.size(), 5U);
    EXPECT_EQ(results[0].kind, Kind::added);
    EXPECT_EQ(results[1].kind, Kind::rejected);
    EXPECT_EQ(results[1].reason, "subid must have 1 to 255 characters");
    EXPECT_EQ(results[2].kind, Kind::added);
    EXPECT_EQ(results[3].kind, Kind::already_there);
    EXPECT_EQ(results[4].kind, Kind::rejected);
    EXPECT_EQ(count("outbox"), mode == Mode::write ? 2 : 0);
  }
}

TEST_F(Admin, RowsAreRetriedAtAPaceAndScheduledOnesAreSpared) {
  run("INSERT INTO outbox (subid, status, state, finished_at) SELECT 'dead' || n, 'sale', 'dead', now() FROM "
      "generate_series(1, 700) AS n;"
      "INSERT INTO outbox (subid, status, due_at) VALUES ('later', 'sale', '2100-01-01')");
  postgresql::RowAdmin admin(schema_.address());
  const ports::RowFilterForAdmin filter{.states = {State::dead, State::pending}, .tracker = {}, .before = {}};
  EXPECT_EQ(admin.count_for_retry(filter), 700);
  const core::WallTime from = core::wall_time(1'000'000);
  EXPECT_EQ(admin.retry(filter, ports::Pace{from, 10}), 700);
  EXPECT_EQ(count("outbox WHERE state = 'pending' AND due_at = to_timestamp(1000 + (id - 1) / 10.0)"), 700);
}

TEST_F(Admin, OldRowsAreDeletedWithTheirAttemptsAndThoseReferredToStay) {
  run("INSERT INTO outbox (subid, status, state, finished_at, created_at)"
      "  SELECT 'old' || n, 'sale', 'delivered', now() - interval '3 d', now() - interval '3 d' FROM "
      "generate_series(1, 30) AS n;"
      "INSERT INTO outbox (subid, status) VALUES ('pending', 'sale');"
      "INSERT INTO delivery_attempts (outbox_id, attempt, started_at, latency_ms, error) VALUES (1, 1, "
      "now(), 5, 'x'), (7, 1, now(), 5, 'x');"
      "CREATE TABLE orders (row bigint REFERENCES outbox (id));"
      "INSERT INTO orders VALUES (7)");
  const core::WallTime before = ports::wall_now() - std::chrono::hours{24};
  const auto walk = [&](bool dry_run) {
    postgresql::Pruner pruner(schema_.address(), {.dry_run = dry_run});
    ports::Pruned all;
    while (const auto step = pruner.rows({.before = before, .states = {}, .tracker = std::nullopt}))
      all += *step;
    return all;
  };
  EXPECT_EQ(walk(true).rows, 30);
  const auto pruned = walk(false);
  EXPECT_EQ(pruned.rows, 29);
  EXPECT_EQ(pruned.attempts, 1);
  EXPECT_EQ(count("outbox"), 2);
  EXPECT_EQ(count("delivery_attempts"), 1);
  postgresql::Pruner pruner(schema_.address(), {});
  EXPECT_TRUE(pruner.known_time());
  pruner.note_time(core::wall_time(123'456));
  EXPECT_EQ(pruner.known_time(), core::wall_time(123'456));
}

TEST_F(Admin, TheBacklogCountsEachPendingRowOnce) {
  run("INSERT INTO outbox (subid, status, payout, currency) VALUES ('a', 'sale', 1.5, 'USD'), ('b', 'sale', "
      "2, 'usd');"
      "INSERT INTO outbox (subid, status, waits_for) VALUES ('a', 'rejected', 1);"
      "INSERT INTO outbox (subid, status, due_at) VALUES ('c', 'sale', '2100-01-01');"
      "INSERT INTO outbox (subid, status, due_at, attempts, reason) VALUES ('d', 'sale', '2100-01-02', 3, "
      "'HTTP 503; attempt 3 of 20');"
      "INSERT INTO outbox (subid, status, state, finished_at, reason) VALUES ('e', 'sale', 'dead', now(), "
      "'HTTP 400')");
  postgresql::BacklogReader backlog(schema_.address(), ports::BacklogScope::everything);
  const auto& snapshot = backlog.look(ports::wall_now(), core::Millis{100});
  const ports::Waiting& waiting = snapshot.waiting.at("default");
  EXPECT_EQ(waiting.due, 2);
  EXPECT_EQ(waiting.behind, 1);
  EXPECT_EQ(waiting.later, 2);
  EXPECT_TRUE(waiting.oldest_due_at);
  EXPECT_THAT(snapshot.failed, ElementsAre(Pair(Pair("default", State::dead), 1)));
  const auto& details = backlog.pending().of.at("default");
  EXPECT_EQ(details.scheduled, 1);
  EXPECT_EQ(details.in_backoff, 1);
  EXPECT_EQ(details.payout.at("usd").text(), "3.5");
  EXPECT_EQ(details.reasons.top(1).at(0).rows, 1);
  EXPECT_EQ(backlog.finished().of.at("default").rows.at(static_cast<std::size_t>(State::dead)), 1);
  EXPECT_EQ(snapshot.worker_running, false);
}

TEST_F(Admin, AReaderSeesOneMomentAndWhatTheSetUpLacks) {
  run("INSERT INTO outbox (subid, status) VALUES ('a', 'sale'); ALTER TABLE outbox ALTER COLUMN id SET CACHE "
      "50");
  {
    postgresql::RowReader reader(schema_.address());
    EXPECT_EQ(reader.rows({}).size(), 1U);
    run("INSERT INTO outbox (subid, status) VALUES ('a', 'sale')");
    EXPECT_EQ(reader.rows_of_click("a", std::nullopt).size(), 1U);
    EXPECT_TRUE(reader.can_write());
    EXPECT_THAT(reader.tracker_names(), ElementsAre("default"));
    EXPECT_THAT(wrong(reader), ElementsAre("ids"));
  }
  run("ALTER TABLE outbox ALTER COLUMN id SET CACHE 1; ALTER TABLE conversions SET (autovacuum_enabled = "
      "off)");
  postgresql::RowReader later(schema_.address());
  EXPECT_THAT(wrong(later), ElementsAre("autovacuum"));
}

}  // namespace
}  // namespace keitaro_outbox::postgresql_tests
