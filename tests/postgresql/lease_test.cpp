#include "postgresql/lease/lease.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "ports/leadership.hpp"
#include "postgresql/base/connection.hpp"
#include "postgresql/store/postgresql_store.hpp"
#include "postgresql/temp_schema.hpp"

namespace keitaro_outbox::postgresql_tests {
namespace {

using namespace std::chrono_literals;
using core::Millis;
using postgresql::Connection;
using postgresql::Lease;
using postgresql::LeaseLost;
using postgresql::LeaseTimes;
using postgresql::Transaction;
using testing::IsEmpty;
using testing::SizeIs;

/// Looks and renewals come from the test alone.
constexpr LeaseTimes kByHand{.lease = 60s, .renew = 1h, .look = 1h, .margin = 1s};
/// The same, and it has run out when it is made.
constexpr LeaseTimes kOver{.lease = 1ms, .renew = 1h, .look = 1h, .margin = 1ms};

class Leases : public testing::Test {
 protected:
  std::unique_ptr<Lease> joined(const LeaseTimes& times = kByHand) {
    auto lease = std::make_unique<Lease>(schema_.address(), times);
    lease->acquire();
    return lease;
  }
  static std::vector<std::int16_t> lanes(const Lease& lease) {
    const auto share = lease.share();
    if (share->lanes) return *share->lanes;
    std::vector<std::int16_t> all(256);
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int16_t>(i);
    return all;
  }
  static std::vector<std::int16_t> in_both(const Lease& a, const Lease& b) {
    const auto of_a = lanes(a);
    const auto of_b = lanes(b);
    std::vector<std::int16_t> both;
    std::ranges::set_intersection(of_a, of_b, std::back_inserter(both));
    return both;
  }
  void await(const std::function<bool()>& condition) {
    while (!condition()) std::this_thread::sleep_for(5ms);
  }

  TempSchema schema_;
  Connection people_{schema_.address()};
};

TEST_F(Leases, TheFirstWorkerHasAllLanesAndGivesAFairShareToTheSecond) {
  const auto first = joined();
  EXPECT_EQ(first->share()->lanes, std::nullopt);
  EXPECT_FALSE(first->has_surplus());
  const auto second = joined();
  EXPECT_THAT(lanes(*second), IsEmpty());

  first->look_now();
  EXPECT_TRUE(first->has_surplus());
  EXPECT_THAT(lanes(*first), SizeIs(128)) << "it takes no more of the others";
  second->look_now();
  EXPECT_THAT(lanes(*second), IsEmpty()) << "something of them may be under way yet";
  first->give_away();
  EXPECT_FALSE(first->has_surplus());
  second->look_now();
  EXPECT_THAT(lanes(*second), SizeIs(128));
  EXPECT_THAT(in_both(*first, *second), IsEmpty());

  const auto third = joined();
  for (Lease* lease : {first.get(), second.get()}) {
    lease->look_now();
    lease->give_away();
  }
  third->look_now();
  EXPECT_THAT(lanes(*first), SizeIs(86));
  EXPECT_THAT(lanes(*second), SizeIs(86));
  EXPECT_THAT(lanes(*third), SizeIs(84));
  EXPECT_THAT(in_both(*third, *first), IsEmpty());
  EXPECT_THAT(in_both(*third, *second), IsEmpty());
}

TEST_F(Leases, TheShareIsToldToThoseWhoReadBackAndWatch) {
  ports::WorkerShare told;
  const auto now = [] { return std::chrono::steady_clock::now(); };
  EXPECT_TRUE(told.lanes().none());
  EXPECT_FALSE(told.figures(now()).lease_age);
  Lease first(schema_.address(), kByHand);
  first.tell(&told);
  first.acquire();
  EXPECT_TRUE(told.lanes().all());
  EXPECT_GE(told.figures(now()).lease_age.value(), Millis{0});
  EXPECT_GE(told.figures(now() + 7s).lease_age.value(), Millis{7'000});

  const auto second = joined();
  first.look_now();
  EXPECT_EQ(told.lanes().count(), 128U) << "those to be given away are not counted";
  first.give_away();
  EXPECT_EQ(told.lanes().count(), 128U);
  people_.run("DELETE FROM outbox_workers WHERE worker = '" + first.share()->worker + "'");
  first.look_now();
  EXPECT_TRUE(told.lanes().none()) << "others have them";
  EXPECT_FALSE(told.figures(now()).lease_age);
}

TEST_F(Leases, WhoEndsInOrderIsFollowedAtOnce) {
  auto first = joined();
  const auto second = joined();
  first->release();
  second->look_now();
  EXPECT_THAT(lanes(*second), SizeIs(256));
  EXPECT_EQ(people_.run(std::string("SELECT count(*) FROM outbox_workers")).integer(0, 0), 1);
}

TEST_F(Leases, WhoCrashesIsFollowedWhenItsTimeHasRunOutAndNoSooner) {
  joined().reset();
  const auto second = joined();
  second->look_now();
  EXPECT_THAT(lanes(*second), IsEmpty());
  people_.run("UPDATE outbox_workers SET expires_at = now() - interval '1 s' WHERE worker <> '" +
              second->share()->worker + "'");
  second->look_now();
  EXPECT_THAT(lanes(*second), SizeIs(256));
}

TEST_F(Leases, TheThreadRenewsAndTakesByItself) {
  constexpr LeaseTimes kQuick{.lease = 60s, .renew = 10ms, .look = 10ms, .margin = 1s};
  const auto first = joined(kQuick);
  const std::string read = "SELECT max(expires_at) FROM outbox_workers";
  const std::string before = people_.run(read).text(0, 0);
  await([&] { return people_.run(read).text(0, 0) != before; });
  joined(kOver)->release();
  auto crashed = joined(kOver);
  await([&] { return first->has_surplus() || lanes(*first).size() == 256; });
  crashed.reset();
  await([&] { return lanes(*first).size() == 256; });
}

TEST_F(Leases, WhoComesTooLateKnowsThatItHasLostAndRecordsNothing) {
  const auto late = joined(kOver);
  EXPECT_TRUE(late->lost());
  EXPECT_FALSE(late->lasts_for(Millis{0}));
  postgresql::PostgresqlStore store(schema_.address());
  store.set_share([&] { return late->share(); });
  people_.run(std::string("INSERT INTO outbox (subid, status) VALUES ('click', 'sale')"));
  ports::RowResult result;
  result.id = {1};
  result.state = core::State::refused;
  ports::OutcomeRecord record{.click = {}, .id = {1}, .result = &result};
  const auto other = joined();
  EXPECT_THAT(lanes(*other), SizeIs(256));

  store.begin_write();
  store.record({&record, 1}, {});
  EXPECT_THROW(store.commit(), LeaseLost);
  store.rollback();
  EXPECT_EQ(people_.run(std::string("SELECT state FROM outbox")).text(0, 0), "pending");
  late->look_now();
  EXPECT_TRUE(late->lost());

  late->release();
  late->acquire();
  EXPECT_NE(late->share()->worker, "") << "by another name";
}

TEST_F(Leases, ALateWorkerThatIsRecordingIsNotTakenOverUntilItHasEnded) {
  const auto late = joined(kOver);
  Connection recording(schema_.address());
  {
    Transaction transaction(recording);
    recording.run("SELECT 1 FROM outbox_workers WHERE worker = '" + late->share()->worker +
                  "' FOR KEY SHARE");
    const auto other = joined();
    EXPECT_THAT(lanes(*other), IsEmpty());
    transaction.commit();
    other->look_now();
    EXPECT_THAT(lanes(*other), SizeIs(256));
  }
}

TEST_F(Leases, ARequestThatCouldEndAfterTheLeaseIsNotBegun) {
  const auto lease = joined();
  EXPECT_TRUE(lease->lasts_for(50s));
  EXPECT_FALSE(lease->lasts_for(60s));
}

TEST_F(Leases, AWorkerThatStartsTakesNothingBackThatAnotherHasFoundOfATracker) {
  const auto breaker = [this] {
    const auto found = people_.run(std::string("SELECT breaker, reason FROM outbox_trackers"));
    return found.text(0, 0) + " " + found.text(0, 1);
  };
  auto first = joined();
  postgresql::PostgresqlStore of_first(schema_.address());
  of_first.set_share([&] { return first->share(); });
  of_first.begin_write();
  of_first.record_breaker({.tracker = "default",
                           .phase = core::CircuitBreaker::Phase::open,
                           .since = core::wall_time(1000),
                           .next_try_at = core::wall_time(2000),
                           .reason = "HTTP 503"});
  of_first.commit();

  const auto second = joined();
  postgresql::PostgresqlStore of_second(schema_.address());
  of_second.set_share([&] { return second->share(); });
  const auto start = [&] {
    of_second.begin_write();
    of_second.forget_breakers();
    of_second.record_breaker({.tracker = "default", .since = {}, .next_try_at = {}, .reason = {}});
    of_second.commit();
  };
  start();
  EXPECT_EQ(breaker(), "open HTTP 503");
  of_second.begin_write();
  of_second.record_breaker(
      {.tracker = "default", .since = core::wall_time(3000), .next_try_at = {}, .reason = {}});
  of_second.commit();
  EXPECT_EQ(breaker(), "closed ") << "what it has seen itself counts";

  of_first.begin_write();
  of_first.record_breaker({.tracker = "default",
                           .phase = core::CircuitBreaker::Phase::open,
                           .since = core::wall_time(4000),
                           .next_try_at = {},
                           .reason = "HTTP 503"});
  of_first.commit();
  first->release();
  start();
  EXPECT_EQ(breaker(), "closed ") << "of one that is gone nothing stays";
}

/// An earlier row of a click whose lane has just come may stand behind where delivery has come to: it must
/// begin at the first row again, which it does after a look that tells of something.
TEST_F(Leases, LanesThatComeAreLoadedFromAfterALookThatSaysSo) {
  people_.run(std::string(
      "INSERT INTO outbox (subid, status) SELECT 'click ' || n, 'sale' FROM generate_series(1, 100) AS n"));
  const auto share_of = [](std::int16_t end) {
    std::vector<std::int16_t> lanes(static_cast<std::size_t>(end));
    std::iota(lanes.begin(), lanes.end(), std::int16_t{0});
    return std::make_shared<const postgresql::Share>(postgresql::Share{.worker = {}, .lanes = lanes});
  };
  auto share = share_of(128);
  postgresql::PostgresqlStore store(schema_.address());
  store.set_share([&] { return share; });
  const auto loaded = [&] {
    std::vector<core::OutboxId> rows;
    store.begin_read();
    store.fresh("default", core::kBeforeAllRows, 1000, ports::OutboxStore::Known::some, rows);
    store.commit();
    return rows.size();
  };
  store.foreign_commits();
  const std::size_t half = loaded();
  EXPECT_THAT(half, testing::AllOf(testing::Gt(0U), testing::Lt(100U)));
  share = share_of(256);
  EXPECT_EQ(loaded(), half) << "nothing has told delivery to begin again";
  EXPECT_TRUE(store.foreign_commits()) << "at once, whenever the next look is due";
  EXPECT_EQ(loaded(), 100U);
}

TEST_F(Leases, OfRowsOnlyThoseOfItsLanesAreLoaded) {
  people_.run(std::string(
      "INSERT INTO outbox (subid, status) SELECT 'click ' || n, 'sale' FROM generate_series(1, 2000) AS n"));
  const auto first = joined();
  const auto second = joined();
  first->look_now();
  first->give_away();
  second->look_now();
  std::vector<std::int64_t> seen;
  for (const Lease* lease : {first.get(), second.get()}) {
    postgresql::PostgresqlStore store(schema_.address());
    store.set_share([lease] { return lease->share(); });
    std::vector<core::OutboxId> ids;
    store.begin_read();
    store.fresh("default", core::kBeforeAllRows, 5000, ports::OutboxStore::Known::some, ids);
    std::vector<ports::LoadedRow> rows;
    store.load_rows(ids, {}, rows);
    store.commit();
    EXPECT_EQ(rows.size(), ids.size());
    EXPECT_GT(ids.size(), 700U);
    for (const core::OutboxId id : ids) seen.push_back(id.value);
  }
  std::ranges::sort(seen);
  EXPECT_EQ(seen.size(), 2000U);
  EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end()) << "each row belongs to one worker";
}

}  // namespace
}  // namespace keitaro_outbox::postgresql_tests
