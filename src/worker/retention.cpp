#include "worker/retention.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "ports/clock.hpp"
#include "ports/outbox_store.hpp"

namespace keitaro_outbox::worker {
namespace {

using namespace std::chrono_literals;

constexpr double kPausePerHold = 10;
constexpr auto kLeastPause = 50ms;
constexpr auto kBusyLimit = 5ms;

/// A walk is begun anew when a twentieth of the age has passed: nothing is kept much longer than it should.
constexpr int kWalksPerAge = 20;
constexpr core::Millis kLeastBetween = 1s;
/// The walk through rows and attempts is over at the first young ones, that through conversions reads them
/// all.
constexpr core::Millis kMostBetween = 1h;
constexpr core::Millis kMostBetweenConversions = 24h;

constexpr auto kAfterTrouble = 10s;
constexpr auto kBetweenReports = 60s;

}  // namespace

Retention::Retention(OpenPruner open, const RetentionAges& ages, std::function<void()> on_report)
    : open_(std::move(open)), on_report_(std::move(on_report)) {
  add_walk(ages.finished, kMostBetween, [](ports::Pruner& pruning, core::WallTime before) {
    return pruning.rows({.before = before, .states = {}, .tracker = std::nullopt});
  });
  add_walk(ages.attempts, kMostBetween,
           [](ports::Pruner& pruning, core::WallTime before) { return pruning.attempts(before); });
  add_walk(ages.conversions, kMostBetweenConversions,
           [](ports::Pruner& pruning, core::WallTime before) { return pruning.conversions(before); });
  add_walk(ages.rejects, kMostBetween,
           [](ports::Pruner& pruning, core::WallTime before) { return pruning.rejects(before); });
  thread_ = std::thread([this] { run(); });
}

Retention::~Retention() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

std::optional<Retention::Report> Retention::take_report() {
  const std::lock_guard lock(mutex_);
  return std::exchange(report_, std::nullopt);
}

void Retention::add_walk(const std::optional<core::Millis>& age, core::Millis longest_between, Step step) {
  if (!age) return;
  const core::Millis between = std::clamp(*age / kWalksPerAge, kLeastBetween, longest_between);
  walks_.push_back({.age = *age, .between = between, .step = std::move(step), .next_at = Clock::now()});
}

/// False when it is time to end.
bool Retention::wait_until(Clock::time_point time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_until(lock, time, [this] { return stop_; });
}

void Retention::report(const ports::Pruned& pruned, std::string error) {
  {
    const std::lock_guard lock(mutex_);
    if (!report_) report_.emplace();
    report_->pruned += pruned;
    report_->error = std::move(error);
  }
  on_report_();
}

void Retention::run() {
  while (true) {
    const auto next = std::ranges::min_element(walks_, {}, &Walk::next_at);
    if (!wait_until(next->next_at)) return;
    walk(*next);
    next->next_at = Clock::now() + next->between;
  }
}

/// One walk from the begin of the table to the end of what is old, or to the end of the thread.
void Retention::walk(Walk& walk) {
  ports::Pruned unreported;
  auto report_at = Clock::now() + kBetweenReports;
  while (true) {
    auto next_step_at = Clock::now();
    try {
      if (!pruner_) {
        pruner_ = open_({.end_at_young_rows = true,
                         .pause_per_hold = kPausePerHold,
                         .least_pause = kLeastPause,
                         .pause_after_looks = true,
                         .busy_limit = kBusyLimit});
      }
      const auto pruned = walk.step(*pruner_, ports::wall_now() - walk.age);
      if (!pruned) break;
      unreported += *pruned;
      next_step_at = pruner_->pause_until();
    } catch (const ports::StoreError& error) {
      if (error.kind() == ports::StoreError::Kind::busy) {
        next_step_at += kLeastPause;  // Others come first.
      } else {
        pruner_.reset();
        report({}, error.what());
        next_step_at += kAfterTrouble;
      }
    }
    if (unreported.any() && Clock::now() >= report_at) {
      report(std::exchange(unreported, {}), {});
      report_at = Clock::now() + kBetweenReports;
    }
    if (!wait_until(next_step_at)) break;
  }
  if (unreported.any()) report(unreported, {});
}

}  // namespace keitaro_outbox::worker
