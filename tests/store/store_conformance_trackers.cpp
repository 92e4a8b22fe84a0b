#include <gmock/gmock.h>

#include "store/store_conformance.hpp"

namespace keitaro_outbox::store_tests {

using core::CircuitBreaker;
using core::wall_time;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {

template <typename Work>
auto in_write(ports::OutboxStore& store, Work&& work) {
  store.begin_write();
  work();
  store.commit();
}

std::vector<std::string> paused(ports::OutboxStore& store) {
  store.begin_read();
  auto trackers = store.paused_trackers();
  store.commit();
  return trackers;
}

}  // namespace

TEST_P(StoreConformance, PausedTrackersAreToldInOrder) {
  EXPECT_THAT(paused(store_), IsEmpty());
  for (const char* tracker : {"b", "кот", "a", "c"}) world_->pause(tracker);
  world_->resume("c");
  EXPECT_THAT(paused(store_), ElementsAre("a", "b", "кот"));
}

TEST_P(StoreConformance, APauseIsACommitOfOthers) {
  if (!GetParam().tells_foreign_commits) GTEST_SKIP() << "it cannot tell";
  store_.foreign_commits();
  world_->pause("default");
  EXPECT_TRUE(store_.foreign_commits());
}

TEST_P(StoreConformance, ABreakersNoteTakesThePlaceOfTheEarlierOneAndLeavesThePauseAlone) {
  world_->pause("default");
  in_write(store_, [&] {
    store_.record_breaker(
        {"default", CircuitBreaker::Phase::open, wall_time(1000), wall_time(1500), "HTTP 503"});
    store_.record_breaker(
        {"other", CircuitBreaker::Phase::ramping, wall_time(2000), std::nullopt, "HTTP 500"});
  });
  EXPECT_THAT(world_->breaker_state_writer(),
              ElementsAre("default|1|open|1000|1500|HTTP 503", "other|NULL|ramping|2000|NULL|HTTP 500"));
  in_write(store_, [&] {
    store_.record_breaker({"default", CircuitBreaker::Phase::closed, wall_time(3000), std::nullopt, ""});
  });
  EXPECT_THAT(world_->breaker_state_writer(),
              ElementsAre("default|1|closed|3000|NULL|NULL", "other|NULL|ramping|2000|NULL|HTTP 500"));
}

TEST_P(StoreConformance, BreakersOfAnEarlierWorkerAreForgottenAndPausesKept) {
  world_->pause("paused");
  in_write(store_, [&] {
    for (const char* tracker : {"paused", "open"})
      store_.record_breaker({tracker, CircuitBreaker::Phase::open, wall_time(1), wall_time(2), "HTTP 503"});
  });
  in_write(store_, [&] { store_.forget_breakers(); });
  EXPECT_THAT(world_->breaker_state_writer(),
              ElementsAre("open|NULL|closed|NULL|NULL|NULL", "paused|1|closed|NULL|NULL|NULL"));
}

}  // namespace keitaro_outbox::store_tests
