// What every store does for reading back what trackers have recorded.
#include <algorithm>

#include "store/store_conformance.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using core::Verdict;
using core::wall_time;

/// A delivered row and its conversion.
void put_sent(StoreWorld& world, const std::string& subid, std::int64_t id,
              std::optional<std::int64_t> check_at, Verdict verdict = Verdict::unchecked) {
  world.put(StoredRow{
      .id = id, .subid = subid, .status = "sale", .state = core::State::delivered, .finished_at = 100});
  world.put(StoredConversion{.subid = subid, .outbox_id = id, .check_at = check_at, .verdict = verdict});
}

Verdict verdict_of(StoreWorld& world, const std::string& subid) {
  return world.reader()->conversion("default", subid, "").value().verdict;
}

std::int64_t conclude(ports::ReadBackStore& store, const core::SentConversion& sent,
                      const core::Conclusion& conclusion) {
  const ports::ConcludedConversion concluded{sent, conclusion};
  return store.write("default", {&concluded, 1}, wall_time(500));
}

TEST_P(StoreConformance, ReadBackIsGivenWhatIsDueOldestFirstWithAllThatWasSent) {
  put_sent(*world_, "late", 1, 300);
  put_sent(*world_, "first", 2, 100);
  put_sent(*world_, "never", 3, std::nullopt);
  put_sent(*world_, "second", 4, 200);
  const auto store = world_->read_back();
  const auto due = store->due("default", wall_time(250), 10);
  ASSERT_EQ(due.size(), 2U);
  EXPECT_EQ(due[0].subid, "first");
  EXPECT_EQ(due[1].subid, "second");
  EXPECT_EQ(due[0].payout->text(), "12.5");
  EXPECT_EQ(due[0].currency, "usd");
  EXPECT_EQ(due[0].outbox_id, core::OutboxId{2});
  EXPECT_EQ(due[0].taken_in_at, wall_time(100));
  EXPECT_EQ(due[0].first_taken_in_at, wall_time(90));
  EXPECT_EQ(due[0].check_at, wall_time(100));
  EXPECT_FALSE(due[0].looked_at);
  EXPECT_EQ(store->due("default", wall_time(250), 1).size(), 1U);
  EXPECT_TRUE(store->due("another", wall_time(250), 1).empty());
  EXPECT_EQ(store->next_check("default"), wall_time(100));
  EXPECT_FALSE(store->next_check("another"));
}

TEST_P(StoreConformance, ReadBackWritesItsConclusions) {
  put_sent(*world_, "a", 1, 100);
  put_sent(*world_, "b", 2, 100);
  const auto store = world_->read_back();
  auto due = store->due("default", wall_time(100), 10);
  ASSERT_EQ(due.size(), 2U);
  std::ranges::sort(due, {}, &core::SentConversion::subid);
  EXPECT_EQ(conclude(*store, due[0], {Verdict::recorded, "", std::nullopt}), 1);
  EXPECT_EQ(conclude(*store, due[1], {Verdict::unchecked, "not yet", wall_time(900)}), 1);
  EXPECT_EQ(verdict_of(*world_, "a"), Verdict::recorded);
  EXPECT_EQ(store->next_check("default"), wall_time(900));
  due = store->due("default", wall_time(900), 10);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].note, "not yet");
  EXPECT_EQ(due[0].looked_at, wall_time(500));
}

TEST_P(StoreConformance, ReadBackLeavesAloneWhatTheTrackerHasTakenInAnotherPostbackOfSince) {
  put_sent(*world_, "a", 1, 100);
  put_sent(*world_, "b", 2, 100);
  const auto store = world_->read_back();
  const auto due = store->due("default", wall_time(100), 10);
  ASSERT_EQ(due.size(), 2U);
  take_in(sale_of({7}), "a");
  std::vector<ports::ConcludedConversion> concluded;
  for (const auto& sent : due) concluded.push_back({sent, {Verdict::absent, "x", std::nullopt}});
  EXPECT_EQ(store->write("default", concluded, wall_time(500)), 1);
  EXPECT_EQ(verdict_of(*world_, "a"), Verdict::unchecked);
  EXPECT_EQ(verdict_of(*world_, "b"), Verdict::absent);
}

TEST_P(StoreConformance, ReadBackKnowsAfterARestartWhenTheKeyLastShowedOneOfOurs) {
  {
    const auto store = world_->read_back();
    EXPECT_FALSE(store->shown_at("default"));
    store->note_shown("default", wall_time(100));
    store->note_shown("default", wall_time(200));
  }
  const auto another = world_->read_back();
  EXPECT_EQ(another->shown_at("default"), wall_time(200));
  EXPECT_FALSE(another->shown_at("another"));
}

TEST_P(StoreConformance, ReadBackAsksAfterOlderOnesWhenWished) {
  put_sent(*world_, "never", 1, std::nullopt);
  put_sent(*world_, "unknown", 2, std::nullopt, Verdict::unknowable);
  put_sent(*world_, "recorded", 3, std::nullopt, Verdict::recorded);
  put_sent(*world_, "waits", 4, 900);
  const auto store = world_->read_back();
  const std::vector<core::LedgerKey> keys{{"never", ""}, {"unknown", ""}, {"recorded", ""}, {"waits", ""}};
  EXPECT_EQ(store->ask("default", keys, wall_time(500)), 2);
  EXPECT_EQ(store->due("default", wall_time(500), 10).size(), 2U);
}

TEST_P(StoreConformance, ReadBackWalksThroughTheLedgerAndCountsWhatIsInDoubt) {
  put_sent(*world_, "a", 1, std::nullopt, Verdict::absent);
  put_sent(*world_, "b", 2, std::nullopt, Verdict::recorded);
  put_sent(*world_, "c", 3, std::nullopt, Verdict::absent);
  const auto store = world_->read_back();
  const auto first = store->walk("default", {}, 2);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].verdict, Verdict::absent);
  EXPECT_EQ(store->walk("default", {"b", ""}, 2).size(), 1U);
  EXPECT_EQ(store->in_doubt("default")[static_cast<std::size_t>(Verdict::absent)], 2);
  EXPECT_TRUE(store->find("default", {"a", ""}));
  EXPECT_FALSE(store->find("default", {"a", "t"}));
}

TEST_P(StoreConformance, RowsAreListedAndSentAgainByTheirConversionsVerdict) {
  put_sent(*world_, "a", 1, std::nullopt, Verdict::absent);
  put_sent(*world_, "b", 2, std::nullopt, Verdict::recorded);
  put_sent(*world_, "c", 3, std::nullopt, Verdict::absent);
  ports::RowFilter filter;
  filter.verdict = Verdict::absent;
  const auto rows = world_->reader()->rows(filter);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].subid, "c") << "the newest first";
  filter.oldest_first = true;
  filter.since = core::OutboxId{1};
  EXPECT_EQ(world_->reader()->rows(filter).size(), 1U);
  filter = {};
  filter.verdict = Verdict::recorded;
  EXPECT_EQ(world_->reader()->rows(filter).size(), 1U);
  ports::WalkFilter walk;
  walk.verdict = Verdict::absent;
  EXPECT_EQ(world_->reader()->rows_after(core::kBeforeAllRows, walk, 10).size(), 2U);
  EXPECT_EQ(verdict_of(*world_, "a"), Verdict::absent);

  const auto admin = world_->admin();
  ports::RowFilterForAdmin again;
  again.states = {core::State::delivered};
  again.verdict = Verdict::absent;
  EXPECT_EQ(admin->count_for_retry(again), 2);
  EXPECT_EQ(admin->retry(again, std::nullopt), 2);
  filter = {};
  filter.state = core::State::pending;
  EXPECT_EQ(world_->reader()->rows(filter).size(), 2U);
  EXPECT_EQ(admin->count_for_retry(again), 0) << "they are on their way";
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
