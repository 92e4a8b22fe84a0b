#include "postgresql/readback/read_back_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include "ports/clock.hpp"
#include "ports/outbox_store.hpp"
#include "postgresql/admin/pruner.hpp"
#include "postgresql/admin/row_admin.hpp"
#include "postgresql/read/row_reader.hpp"
#include "postgresql/temp_schema.hpp"

namespace keitaro_outbox::postgresql_tests {
namespace {

using namespace std::chrono_literals;
using core::Verdict;
using testing::HasSubstr;

/// SQL for a time in Unix milliseconds.
std::string at(int millis) {
  return "to_timestamp(" + std::to_string(millis) + " / 1000.0)";
}

class ReadBackStoreTest : public testing::Test {
 protected:
  void conversion(const std::string& subid, int outbox_id, const std::string& check_at,
                  const std::string& verdict = "unchecked") {
    run("INSERT INTO outbox (id, subid, status, state, finished_at) OVERRIDING SYSTEM VALUE VALUES (" +
        std::to_string(outbox_id) + ", '" + subid + "', 'sale', 'delivered', " + at(100) +
        ");"
        "INSERT INTO conversions (tracker, subid, tid, status, sent_status, payout, currency, outbox_id, "
        "taken_in_at, first_taken_in_at, check_at, verdict) VALUES ('default', '" +
        subid + "', '', 'sale', 'sale', '12.5', 'usd', " + std::to_string(outbox_id) + ", " + at(100) + ", " +
        at(90) + ", " + check_at + ", '" + verdict + "')");
  }
  void run(const std::string& statements) { people_.run(statements); }
  std::string verdict_of(const std::string& subid) {
    return people_.run("SELECT verdict FROM conversions WHERE subid = '" + subid + "'").text(0, 0);
  }
  static std::vector<ports::ConcludedConversion> all(const std::vector<core::SentConversion>& sent,
                                                     const core::Conclusion& conclusion) {
    std::vector<ports::ConcludedConversion> out;
    for (const auto& one : sent) out.push_back({one, conclusion});
    return out;
  }

  TempSchema schema_;
  postgresql::Connection people_{schema_.address()};
  postgresql::ReadBackStore store_{schema_.address(), 5s};
};

TEST_F(ReadBackStoreTest, GivesWhatIsDueOldestFirstWithAllThatWasSent) {
  conversion("late", 1, at(300));
  conversion("first", 2, at(100));
  conversion("never", 3, "NULL");
  conversion("second", 4, at(200));
  const auto due = store_.due("default", core::wall_time(250), 10);
  ASSERT_EQ(due.size(), 2U);
  EXPECT_EQ(due[0].subid, "first");
  EXPECT_EQ(due[1].subid, "second");
  EXPECT_EQ(due[0].payout->text(), "12.5");
  EXPECT_EQ(due[0].currency, "usd");
  EXPECT_EQ(due[0].outbox_id, core::OutboxId{2});
  EXPECT_EQ(due[0].taken_in_at, core::wall_time(100));
  EXPECT_EQ(due[0].first_taken_in_at, core::wall_time(90));
  EXPECT_EQ(due[0].check_at, core::wall_time(100));
  EXPECT_FALSE(due[0].looked_at);
  EXPECT_EQ(store_.due("default", core::wall_time(250), 1).size(), 1U);
  EXPECT_TRUE(store_.due("another", core::wall_time(250), 1).empty());
  EXPECT_EQ(store_.next_check("default"), core::wall_time(100));
  EXPECT_FALSE(store_.next_check("another"));
}

TEST_F(ReadBackStoreTest, OfSeveralWorkersEachAsksForTheConversionsOfItsLanes) {
  constexpr int kConversions = 40;
  for (int i = 1; i <= kConversions; ++i) conversion("click" + std::to_string(i), i, at(100 + i));
  std::array<ports::WorkerShare, 3> shares;  // The last one has nothing.
  ports::WorkerShare::Lanes lanes;
  for (std::size_t lane = 0; lane < lanes.size(); lane += 2) lanes.set(lane);
  shares[0].set_lanes(lanes);
  shares[1].set_lanes(~lanes);
  std::set<std::string> asked;
  std::size_t together = 0;
  for (const ports::WorkerShare& share : shares) {
    postgresql::ReadBackStore store(schema_.address(), 5s, &share);
    const auto due = store.due("default", core::wall_time(1000), 100);
    EXPECT_EQ(store.next_check("default").has_value(), !due.empty());
    together += due.size();
    for (const auto& one : due) {
      asked.insert(one.subid);
      // As delivery has it.
      const auto lane =
          people_.run("SELECT lane FROM outbox WHERE subid = '" + one.subid + "'").integer(0, 0);
      EXPECT_TRUE(share.lanes()[static_cast<std::size_t>(lane)]);
    }
  }
  EXPECT_EQ(asked.size(), std::size_t{kConversions});
  EXPECT_EQ(together, std::size_t{kConversions}) << "none is asked for twice";
}

TEST_F(ReadBackStoreTest, WritesConclusionsUnlessAnotherPostbackWasTakenInSince) {
  for (int i = 1; i <= 3; ++i) conversion("click" + std::to_string(i), i, at(100));
  auto due = store_.due("default", core::wall_time(100), 10);
  ASSERT_EQ(due.size(), 3U);
  std::ranges::sort(due, {}, &core::SentConversion::subid);
  run("UPDATE conversions SET outbox_id = 7 WHERE subid = 'click3'");
  const std::vector<ports::ConcludedConversion> concluded{
      {due[0], {Verdict::recorded, "", std::nullopt}},
      {due[1], {Verdict::unchecked, "not yet", core::wall_time(900)}},
      {due[2], {Verdict::absent, "x", std::nullopt}}};
  EXPECT_EQ(store_.write("default", concluded, core::wall_time(500)), 2);
  EXPECT_EQ(verdict_of("click1"), "recorded");
  EXPECT_EQ(verdict_of("click3"), "unchecked");
  due = store_.due("default", core::wall_time(900), 10);
  ASSERT_EQ(due.size(), 2U);
  EXPECT_EQ(due[1].note, "not yet");
  EXPECT_EQ(due[1].looked_at, core::wall_time(500));
}

TEST_F(ReadBackStoreTest, ATriggerThatTurnsOneVerdictAwayKeepsNoOtherFromBeingWrittenAndIsToldOf) {
  for (int i = 1; i <= 3; ++i) conversion("click" + std::to_string(i), i, at(100));
  run("CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not this one'; END $$;"
      "CREATE TRIGGER mine BEFORE UPDATE ON conversions FOR EACH ROW WHEN (OLD.subid = 'click2') EXECUTE "
      "FUNCTION no()");
  const auto concluded = all(store_.due("default", core::wall_time(100), 10), {Verdict::recorded, "", {}});
  try {
    store_.write("default", concluded, core::wall_time(500));
    FAIL() << "nothing is thrown";
  } catch (const ports::StoreError& error) {
    EXPECT_THAT(error.what(), HasSubstr("not this one"));
  }
  EXPECT_EQ(verdict_of("click1"), "recorded");
  EXPECT_EQ(verdict_of("click2"), "unchecked");
  EXPECT_EQ(verdict_of("click3"), "recorded");
}

TEST_F(ReadBackStoreTest, KnowsAfterARestartWhenTheKeyLastShowedOneOfOurs) {
  EXPECT_FALSE(store_.shown_at("default"));
  store_.note_shown("default", core::wall_time(100));
  store_.note_shown("default", core::wall_time(200));
  postgresql::ReadBackStore other(schema_.address(), 5s);
  EXPECT_EQ(other.shown_at("default"), core::wall_time(200));
  EXPECT_FALSE(other.shown_at("another"));
}

TEST_F(ReadBackStoreTest, AsksAfterOlderOnesWhenWished) {
  conversion("never", 1, "NULL");
  conversion("unknown", 2, "NULL", "unknowable");
  conversion("recorded", 3, "NULL", "recorded");
  conversion("waits", 4, at(900));
  const std::vector<core::LedgerKey> keys{{"never", ""}, {"unknown", ""}, {"recorded", ""}, {"waits", ""}};
  EXPECT_EQ(store_.ask("default", keys, core::wall_time(500)), 2);
  EXPECT_EQ(store_.due("default", core::wall_time(500), 10).size(), 2U);
}

TEST_F(ReadBackStoreTest, WalksThroughTheLedgerAndCountsWhatIsInDoubt) {
  conversion("a", 1, "NULL", "absent");
  conversion("b", 2, "NULL", "recorded");
  conversion("c", 3, "NULL", "absent");
  const auto first = store_.walk("default", {}, 2);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].verdict, Verdict::absent);
  EXPECT_EQ(store_.walk("default", {"b", ""}, 2).size(), 1U);
  EXPECT_EQ(store_.in_doubt("default")[static_cast<std::size_t>(Verdict::absent)], 2);
  EXPECT_TRUE(store_.find("default", {"a", ""}));
  EXPECT_FALSE(store_.find("default", {"a", "t"}));
}

TEST_F(ReadBackStoreTest, RowsAreListedAndSentAgainByVerdict) {
  conversion("a", 1, "NULL", "absent");
  conversion("b", 2, "NULL", "recorded");
  conversion("c", 3, "NULL", "absent");
  postgresql::RowReader reader(schema_.address());
  ports::RowFilter filter;
  filter.verdict = Verdict::absent;
  auto rows = reader.rows(filter);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].subid, "c") << "the newest first";
  filter.oldest_first = true;
  filter.since = core::OutboxId{1};
  EXPECT_EQ(reader.rows(filter).size(), 1U);
  filter.since.reset();
  filter.verdict = Verdict::recorded;
  EXPECT_EQ(reader.rows(filter).size(), 1U);
  ports::WalkFilter walk;
  walk.verdict = Verdict::absent;
  EXPECT_EQ(reader.rows_after(core::kBeforeAllRows, walk, 10).size(), 2U);
  EXPECT_EQ(reader.conversion("default", "a", "")->verdict, Verdict::absent);
  postgresql::RowAdmin admin(schema_.address());
  ports::RowFilterForAdmin again;
  again.states = {core::State::delivered};
  again.verdict = Verdict::absent;
  EXPECT_EQ(admin.count_for_retry(again), 2);
  EXPECT_EQ(admin.retry(again, std::nullopt), 2);
  EXPECT_EQ(people_.run(std::string("SELECT count(*) FROM outbox WHERE state = 'pending'")).integer(0, 0), 2);
  EXPECT_EQ(admin.count_for_retry(again), 0) << "they are on their way";
}

TEST_F(ReadBackStoreTest, WhatIsToBeAskedAfterIsKeptWithItsRowUntilItIs48HoursOld) {
  run("INSERT INTO outbox (subid, status, state, finished_at, created_at)"
      "  SELECT hours, 'sale', 'delivered', now() - hours * interval '1 h', now() - interval '60 h'"
      "    FROM unnest(ARRAY[1, 3, 50]) AS hours ORDER BY hours;"
      "INSERT INTO conversions (tracker, subid, status, sent_status, outbox_id, taken_in_at, check_at)"
      "  SELECT tracker, subid, status, status, id, finished_at, CASE WHEN subid <> '3' THEN now() END FROM "
      "outbox");
  postgresql::Pruner pruner(schema_.address(), {});
  ports::PruneFilter old;
  old.before = ports::wall_now() - 30min;
  while (pruner.rows(old)) {
  }
  while (pruner.conversions(old.before)) {
  }
  EXPECT_EQ(people_.run(std::string("SELECT string_agg(subid, ' ') FROM outbox")).text(0, 0), "1");
  EXPECT_EQ(people_.run(std::string("SELECT string_agg(subid, ' ') FROM conversions")).text(0, 0), "1");
}

}  // namespace
}  // namespace keitaro_outbox::postgresql_tests
