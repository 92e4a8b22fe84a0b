// What every store does with the rows that share a reason.
#include <gmock/gmock.h>

#include "store/store_conformance.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using core::State;
using testing::ElementsAre;

void put_rows(StoreWorld& world) {
  const auto put = [&](std::int64_t id, const std::string& tracker, State state, const std::string& reason,
                       std::int64_t due_at = 0) {
    world.put(StoredRow{.id = id,
                        .tracker = tracker,
                        .subid = "click" + std::to_string(id),
                        .state = state,
                        .reason = reason,
                        .attempts = reason.empty() || state == State::refused ? 0 : 3,
                        .due_at = due_at});
  };
  put(1, "one", State::dead, "HTTP 503; given up after attempt 20 of 20");
  put(2, "one", State::dead, "HTTP 503; given up after attempt 7 of 20");
  put(3, "one", State::dead, "HTTP 422");
  put(4, "two", State::dead, "HTTP 503");
  put(5, "one", State::refused, "the status \"x\" is unknown");
  put(6, "one", State::delivered, "HTTP 503");
  put(7, "one", State::pending, "HTTP 503; attempt 1 of 20, next try in 9s", kIn2255);
  put(8, "one", State::pending, "", kIn2255);
}

ports::ReasonGroupFilter of_503() {
  return {.state = State::dead, .tracker = "one", .kind = "HTTP 503"};
}

/// Of all rows, in order of id.
std::vector<State> states(StoreWorld& world) {
  std::vector<State> out;
  for (const ports::RowRecord& row : world.reader()->rows_after(core::kBeforeAllRows, {}, 100))
    out.push_back(row.state);
  return out;
}

TEST_P(StoreConformance, GroupsAreCountedWithoutAChange) {
  put_rows(*world_);
  const auto admin = world_->admin();
  const auto before = states(*world_);
  const auto count = [&](const ports::ReasonGroupFilter& group, std::int64_t most = 100) {
    return admin->count_group(group, most, std::chrono::minutes{1});
  };
  EXPECT_EQ(count(of_503()).rows, 2);
  EXPECT_TRUE(count(of_503()).whole);
  EXPECT_EQ(count(of_503(), 1).rows, 1);
  EXPECT_FALSE(count(of_503(), 1).whole);
  EXPECT_EQ(count({.state = State::pending, .tracker = "one", .kind = "HTTP 503"}).rows, 1);
  EXPECT_EQ(count({.state = State::refused, .tracker = "one", .kind = "the status \"…\" is unknown"}).rows,
            1);
  EXPECT_EQ(count({.state = State::dead, .tracker = "none", .kind = "HTTP 503"}).rows, 0);
  EXPECT_EQ(states(*world_), before);
}

TEST_P(StoreConformance, AGroupIsSentAgainAsAWholeAndNothingElse) {
  put_rows(*world_);
  EXPECT_EQ(world_->admin()->retry_group(of_503(), std::nullopt).rows, 2);
  EXPECT_THAT(states(*world_), ElementsAre(State::pending, State::pending, State::dead, State::dead,
                                           State::refused, State::delivered, State::pending, State::pending));
}

TEST_P(StoreConformance, AGroupIsSentAgainAtAPace) {
  put_rows(*world_);
  const ports::Pace pace{core::wall_time(5'000'000), 2};
  EXPECT_EQ(world_->admin()->retry_group(of_503(), pace).rows, 2);
  EXPECT_EQ(seen({1}).due_at, 5'000'000);
  EXPECT_EQ(seen({2}).due_at, 5'000'500);
}

TEST_P(StoreConformance, AGroupOfWaitingRowsIsCancelled) {
  put_rows(*world_);
  EXPECT_EQ(
      world_->admin()->cancel_group({.state = State::pending, .tracker = "one", .kind = "HTTP 503"}).rows, 1);
  EXPECT_THAT(states(*world_), ElementsAre(State::dead, State::dead, State::dead, State::dead, State::refused,
                                           State::delivered, State::cancelled, State::pending));
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
