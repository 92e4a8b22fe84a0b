// Trackers that can take so much and no more, and never say how much: the worker finds out.
#include <algorithm>
#include <memory>

#include "delivery/scenario.hpp"

namespace keitaro_outbox::simulation {
namespace {

void insert_backlog(World& world, int rows) {
  world.database.sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
                     std::to_string(rows) +
                     ") INSERT INTO outbox (subid, status) SELECT 'c' || i, 'sale' FROM n");
}

/// Works off one request after the other, each in so long; they queue up at its door. Between door and worker
/// lies the way there and back.
class QueueingTracker {
 public:
  QueueingTracker(std::chrono::microseconds each, core::Millis way) : each_(each), way_(way) {}

  Reply operator()(const Arrival& arrival) {
    free_at_ = std::max(free_at_, arrival.sent_at) + each_;
    const auto waited = std::chrono::ceil<core::Millis>(free_at_ - arrival.sent_at);
    longest_ = std::max(longest_, waited);
    return takes_in(waited + way_);
  }

  core::Millis longest_queue() const { return longest_; }
  void forget() { longest_ = {}; }

 private:
  std::chrono::microseconds each_;
  core::Millis way_;
  core::SteadyTime free_at_{};
  core::Millis longest_{};
};

struct Rate {
  World& world;
  std::int64_t before = world.observer.delivered;
  double over(core::Millis span) {
    world.run_for(span);
    return static_cast<double>(world.observer.delivered - before) /
           std::chrono::duration<double>(span).count();
  }
};

struct Capacity {
  int per_second;
  int way_millis;
};

class TrackerOfACapacity : public testing::TestWithParam<Capacity> {};

TEST_P(TrackerOfACapacity, IsKeptBusyAndNotDrowned) {
  const auto [per_second, way] = GetParam();
  auto spec = tracker_named("default");
  spec.concurrency = 1000;
  World world({.trackers = {spec}});
  const auto tracker =
      std::make_shared<QueueingTracker>(std::chrono::microseconds{1'000'000 / per_second}, core::Millis{way});
  world.receiver.behave("default", [tracker](const Arrival& arrival) { return (*tracker)(arrival); });
  insert_backlog(world, per_second * 16);
  world.start_worker();
  world.run_for(5s);
  tracker->forget();
  EXPECT_GT(Rate{world}.over(8s), 0.93 * per_second);
  // What the way there and back holds keeps it busy; a little more is in order, a thousand in flight would
  // not be.
  const double enough = std::max(20.0, 3.0 * per_second * way / 1000);
  EXPECT_LT(std::chrono::duration<double>(tracker->longest_queue()).count(), enough / per_second);
}

INSTANTIATE_TEST_SUITE_P(Near, TrackerOfACapacity,
                         testing::Values(Capacity{100, 5}, Capacity{200, 40}, Capacity{1000, 20}),
                         [](const auto& tested) {
                           return std::to_string(tested.param.per_second) + "ASecond";
                         });

TEST(TrackerThatCounts, IsKeptNearWhatItAllowsThoughOnlyItsRefusalsTell) {
  constexpr int kAllowed = 100;
  World world;
  int counted = 0;
  std::int64_t second = -1;
  int throttled = 0;
  world.receiver.behave("default", [&](const Arrival& arrival) {
    const auto now = std::chrono::floor<std::chrono::seconds>(arrival.sent_at.time_since_epoch()).count();
    if (std::exchange(second, now) != now) counted = 0;
    if (++counted <= kAllowed) return takes_in(2ms);
    ++throttled;
    return answers(429);
  });
  insert_backlog(world, kAllowed * 60);
  world.start_worker();
  world.run_for(10s);
  throttled = 0;
  EXPECT_GT(Rate{world}.over(20s), 0.75 * kAllowed);
  EXPECT_LT(throttled, 20 * kAllowed / 10) << "one in ten, while it is asked just a little too often";
}

struct Bucket {
  double allowed;  ///< A second.
  double holds;
  core::Millis latency;
};

/// Gives back what it allows bit by bit, and refuses what is more: the first burst most of all.
class TrackerWithABucket : public testing::TestWithParam<Bucket> {};

TEST_P(TrackerWithABucket, IsKeptNearWhatItAllowsThoughItRefusesTheFirstBurst) {
  const Bucket& bucket = GetParam();
  World world;
  double tokens = bucket.holds;
  int refused = 0;
  core::SteadyTime filled_at{};
  world.receiver.behave("default", [&](const Arrival& arrival) {
    const auto since = std::chrono::duration<double>(arrival.sent_at - filled_at).count();
    tokens = std::min(tokens + since * bucket.allowed, bucket.holds);
    filled_at = arrival.sent_at;
    if (tokens < 1) {
      ++refused;
      Reply reply = answers(429);
      reply.latency = bucket.latency;
      return reply;
    }
    tokens -= 1;
    return takes_in(bucket.latency);
  });
  insert_backlog(world, static_cast<int>(bucket.allowed) * 16);
  world.start_worker();
  world.run_for(5s);
  // What it had saved up hides its pace as long as it lasts.
  EXPECT_LT(refused, 0.25 * 5 * bucket.allowed + bucket.holds) << "while its pace is found out";
  refused = 0;
  EXPECT_GT(Rate{world}.over(6s), 0.8 * bucket.allowed);
  EXPECT_LT(refused, 0.12 * 6 * bucket.allowed);
}

INSTANTIATE_TEST_SUITE_P(Of, TrackerWithABucket,
                         testing::Values(Bucket{1000, 20, 2ms}, Bucket{1000, 5, 2ms}, Bucket{1000, 10, 50ms},
                                         Bucket{200, 200, 10ms}),
                         [](const auto& tested) {
                           return std::to_string(static_cast<int>(tested.param.allowed)) + "ASecondAnd" +
                                  std::to_string(static_cast<int>(tested.param.holds)) + "AtOnce" +
                                  std::to_string(tested.param.latency.count()) + "MillisecondsAway";
                         });

TEST(TrackerThatTakesInOneASecond, HasNoRowDieOfBeingAskedTooOften) {
  auto spec = tracker_named("default");
  spec.retry.max_attempts = 5;
  World world({.trackers = {spec}});
  int max_in_flight = 40;
  core::SteadyTime next_at{};
  world.receiver.behave("default", [&](const Arrival& arrival) {
    if (max_in_flight == 0 && arrival.sent_at < next_at) return answers(429);
    max_in_flight = std::max(max_in_flight - 1, 0);
    next_at = arrival.sent_at + 900ms;
    return takes_in();
  });
  insert_backlog(world, 200);
  world.start_worker();
  EXPECT_TRUE(world.run_until_drained());
  EXPECT_EQ(world.observer.dead, 0);
  EXPECT_LT(world.transport.requests_made(), 200 * 6);
}

TEST(TrackerInTheDistance, GetsAllThatTheCapAllowsWithinASecond) {
  auto spec = tracker_named("default");
  spec.concurrency = 1000;
  World world({.trackers = {spec}});
  world.receiver.behave("default", [](const Arrival&) { return takes_in(50ms); });
  insert_backlog(world, 30'000);
  world.start_worker();
  ASSERT_TRUE(world.run_until([&] { return world.transport.in_flight("default") == 1000; }, 1s));
  world.run_for(500ms);
  EXPECT_LE(world.transport.in_flight("default"), 1000);
}

}  // namespace
}  // namespace keitaro_outbox::simulation
