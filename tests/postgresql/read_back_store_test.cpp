#include "postgresql/readback/read_back_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include "ports/clock.hpp"
#include "ports/outbox_store.hpp"
#include "postgresql/admin/pruner.hpp"
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
  void conversion(const std::string& subid, int outbox_id, int check_at) {
    run("INSERT INTO outbox (id, subid, status, state, finished_at) OVERRIDING SYSTEM VALUE VALUES (" +
        std::to_string(outbox_id) + ", '" + subid + "', 'sale', 'delivered', " + at(100) +
        ");"
        "INSERT INTO conversions (tracker, subid, tid, status, sent_status, payout, currency, outbox_id, "
        "taken_in_at, first_taken_in_at, check_at, verdict) VALUES ('default', '" +
        subid + "', '', 'sale', 'sale', '12.5', 'usd', " + std::to_string(outbox_id) + ", " + at(100) + ", " +
        at(90) + ", " + at(check_at) + ", 'unchecked')");
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

TEST_F(ReadBackStoreTest, OfSeveralWorkersEachAsksForTheConversionsOfItsLanes) {
  constexpr int kConversions = 40;
  for (int i = 1; i <= kConversions; ++i) conversion("click" + std::to_string(i), i, 100 + i);
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

TEST_F(ReadBackStoreTest, ATriggerThatTurnsOneVerdictAwayKeepsNoOtherFromBeingWrittenAndIsToldOf) {
  for (int i = 1; i <= 3; ++i) conversion("click" + std::to_string(i), i, 100);
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
