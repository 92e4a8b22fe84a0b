// What every store gives the page for people: pages of long lists, and what happened last.
#include <gmock/gmock.h>

#include "store/store_conformance.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using core::State;
using testing::ElementsAre;
using testing::IsEmpty;

/// Turns over a store's pages.
class Pages {
 public:
  explicit Pages(StoreWorld& world) : world_(world) {}

  /// The rows of one page.
  std::vector<std::int64_t> ids(const ports::PageFilter& filter,
                                std::optional<std::int64_t> below = std::nullopt, std::size_t limit = 100,
                                core::Millis time = std::chrono::minutes{1}) {
    const auto from = below ? std::optional(core::OutboxId{*below}) : std::nullopt;
    page_ = world_.reader()->page(filter, from, limit, time);
    std::vector<std::int64_t> out;
    for (const ports::RowRecord& row : page_.rows) out.push_back(row.id.value);
    return out;
  }
  /// Of that page.
  std::optional<std::int64_t> goes_on_below() const {
    return page_.below ? std::optional(page_.below->value) : std::nullopt;
  }

 private:
  StoreWorld& world_;
  ports::RowPage page_;
};

TEST_P(StoreConformance, PagesGoOnFromOneToTheNextTheNewestRowFirst) {
  for (const std::int64_t id : {1, 2, 900'000}) world_->put(StoredRow{.id = id});
  Pages pages(*world_);
  EXPECT_THAT(pages.ids({}, std::nullopt, 2), ElementsAre(900'000, 2));
  ASSERT_EQ(pages.goes_on_below(), 2);
  EXPECT_THAT(pages.ids({}, 2, 2), ElementsAre(1));
  EXPECT_EQ(pages.goes_on_below(), std::nullopt);
  EXPECT_THAT(pages.ids({}, 1), IsEmpty());
}

TEST_P(StoreConformance, PagesFindRowsByEachFieldInEachState) {
  world_->put(StoredRow{.id = 1, .tracker = "one", .campaign = "C", .subid = "a", .tid = "t1"});
  world_->put(StoredRow{.id = 2,
                        .tracker = "two",
                        .campaign = "C",
                        .subid = "a",
                        .status = "sale",
                        .tid = "t2",
                        .state = State::dead,
                        .reason = "HTTP 503; attempt 3"});
  world_->put(StoredRow{.id = 3,
                        .tracker = "one",
                        .subid = "b",
                        .status = "sale",
                        .tid = "t1",
                        .state = State::dead,
                        .reason = "HTTP 422"});
  world_->put(
      StoredRow{.id = 4, .tracker = "one", .subid = "c", .status = "sale", .state = State::delivered});
  Pages pages(*world_);
  EXPECT_THAT(pages.ids({.tracker = "one"}), ElementsAre(4, 3, 1));
  EXPECT_THAT(pages.ids({.campaign = "C"}), ElementsAre(2, 1));
  EXPECT_THAT(pages.ids({.subid = "a"}), ElementsAre(2, 1));
  EXPECT_THAT(pages.ids({.tid = "t1"}), ElementsAre(3, 1));
  EXPECT_THAT(pages.ids({.subid_or_tid = "a"}), ElementsAre(2, 1));
  EXPECT_THAT(pages.ids({.subid_or_tid = "t1"}), ElementsAre(3, 1));
  EXPECT_THAT(pages.ids({.status = "sale"}), ElementsAre(4, 3, 2));
  EXPECT_THAT(pages.ids({.state = State::dead}), ElementsAre(3, 2));
  EXPECT_THAT(pages.ids({.state = State::dead, .reason = "http 4"}), ElementsAre(3));
  EXPECT_THAT(pages.ids({.state = State::dead, .reason_kind = "HTTP 503"}), ElementsAre(2));
  EXPECT_THAT(pages.ids({.state = State::pending}), ElementsAre(1));
  EXPECT_THAT(pages.ids({.state = State::delivered}), ElementsAre(4));
  EXPECT_THAT(pages.ids({.state = State::refused}), IsEmpty());
}

TEST_P(StoreConformance, PagesOfALargeBacklogAreFoundByWalking) {
  world_->fill(25'000);
  Pages pages(*world_);
  EXPECT_THAT(pages.ids({.state = State::pending}, std::nullopt, 2), ElementsAre(25'000, 24'999));
  EXPECT_THAT(pages.ids({.state = State::pending, .subid = "c7"}), ElementsAre(7));
}

TEST_P(StoreConformance, APageWithoutTimeSaysWhereItStopped) {
  world_->fill(5'000);
  Pages pages(*world_);
  EXPECT_THAT(pages.ids({.subid = "c7"}, std::nullopt, 10, core::Millis{0}), IsEmpty());
  EXPECT_EQ(pages.goes_on_below(), 4'001);
  EXPECT_THAT(pages.ids({.subid = "c7"}, 4'001), ElementsAre(7));
}

TEST_P(StoreConformance, TheRecentPastIsWhatEndedAndWhatFailedLast) {
  world_->put(StoredRow{.id = 1, .state = State::delivered, .finished_at = 100});
  world_->put(StoredRow{.id = 2});
  world_->put(StoredRow{.id = 3, .state = State::dead, .finished_at = 300});
  world_->put_failed_attempt({3}, 250);
  const auto reader = world_->reader();
  const ports::RecentPast past = reader->recent_past(10);
  ASSERT_EQ(past.finished.size(), 2U);
  EXPECT_EQ(past.finished.front().finished_at, core::wall_time(300));
  EXPECT_THAT(past.failed_attempts, ElementsAre(core::wall_time(250)));
  EXPECT_TRUE(past.whole);
  EXPECT_FALSE(reader->recent_past(2).whole);
}

TEST_P(StoreConformance, IndexesFindOfAClickWhatWasTakenInAndWhatWaits) {
  world_->put(StoredRow{.id = 1, .subid = "a", .state = State::delivered});
  world_->put(StoredRow{.id = 2, .subid = "a", .due_at = kIn2255});
  world_->put(StoredRow{.id = 3, .subid = "b", .due_at = kIn2255});
  world_->put(StoredConversion{.subid = "a", .outbox_id = 1});
  const auto rows = world_->reader()->rows_of_click_by_index("a");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].id.value, 1);
  EXPECT_EQ(rows[1].id.value, 2);
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
