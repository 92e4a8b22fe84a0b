#include "worker/retention.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <new>

#include "ports/clock.hpp"

namespace keitaro_outbox::worker {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// What a pruner was asked for, told to any thread.
class Asked {
 public:
  void note(core::WallTime before) {
    const std::lock_guard lock(mutex_);
    before_ = before;
    wake_.notify_all();
  }
  void note_report() {
    const std::lock_guard lock(mutex_);
    ++reports_;
    wake_.notify_all();
  }
  core::WallTime wait_for_step() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return before_.has_value(); });
    return *before_;
  }
  void wait_for_report() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return reports_ > 0; });
  }
  bool any_step() {
    const std::lock_guard lock(mutex_);
    return before_.has_value();
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<core::WallTime> before_;
  int reports_ = 0;
};

struct FakePruner final : ports::Pruner {
  FakePruner(Asked& asked_for, std::optional<core::WallTime> known_to_store)
      : asked(asked_for), known(known_to_store) {}
  std::optional<ports::Pruned> rows(const ports::PruneFilter& filter) override { return step(filter.before); }
  std::optional<ports::Pruned> attempts(core::WallTime before) override { return step(before); }
  std::optional<ports::Pruned> conversions(core::WallTime before) override { return step(before); }
  std::optional<ports::Pruned> rejects(core::WallTime before) override { return step(before); }
  std::optional<core::WallTime> known_time() override { return known; }
  void note_time(core::WallTime time) override { known = time; }
  core::SteadyTime pause_until() const override { return {}; }
  double rows_walked() const override { return 1; }

  std::optional<ports::Pruned> step(core::WallTime before) {
    asked.note(before);
    return std::nullopt;
  }

  Asked& asked;
  std::optional<core::WallTime> known;
};

class RetentionTest : public testing::Test {
 protected:
  Retention start(std::optional<core::WallTime> known) {
    return Retention(
        [this, known](const ports::PruningOptions&) { return std::make_unique<FakePruner>(asked_, known); },
        {.finished = std::nullopt,
         .attempts = std::nullopt,
         .conversions = 365 * 24h,
         .rejects = std::nullopt},
        [this] { asked_.note_report(); });
  }
  Asked asked_;
};

TEST_F(RetentionTest, CountsAgesFromAClockThatAgreesWithTheStore) {
  const core::WallTime begun = ports::wall_now();
  const Retention retention = start(begun - 1h);
  const core::WallTime before = asked_.wait_for_step();
  EXPECT_GE(before, begun - 365 * 24h);
  EXPECT_LE(before, ports::wall_now() - 365 * 24h);
}

TEST_F(RetentionTest, BelievesTheClockOfAStoreWithoutAnyTime) {
  const Retention retention = start(std::nullopt);
  asked_.wait_for_step();
}

TEST_F(RetentionTest, DeletesNothingByAClockFarAheadOfTheStoreAndSaysSo) {
  Retention retention = start(ports::wall_now() - 12 * 365 * 24h);
  asked_.wait_for_report();
  const auto report = retention.take_report();
  ASSERT_TRUE(report);
  EXPECT_THAT(report->error, HasSubstr("4380 days after the newest time in the database"));
  EXPECT_FALSE(report->pruned.any());
  EXPECT_FALSE(asked_.any_step());
}

TEST_F(RetentionTest, TellsOfALackOfMemoryAndGoesOn) {
  Retention retention(
      [](const ports::PruningOptions&) -> std::unique_ptr<ports::Pruner> { throw std::bad_alloc(); },
      {.finished = 1h, .attempts = std::nullopt, .conversions = std::nullopt, .rejects = std::nullopt},
      [this] { asked_.note_report(); });
  asked_.wait_for_report();
  const auto report = retention.take_report();
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->error.empty());
}

}  // namespace
}  // namespace keitaro_outbox::worker
