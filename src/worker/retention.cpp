#include "worker/retention.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "core/text/clock_doubt.hpp"
#include "ports/clock.hpp"
#include "ports/outbox_store.hpp"
#include "process/signals_blocked.hpp"

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
/// By how much the time that the store knows of may be behind.
constexpr auto kNotedEvery = 60s;
constexpr auto kBetweenStepsInDoubt = 1h;
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
  const process::SignalsBlocked inherited_by_the_thread;
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

void Retention::report(const ports::Pruned& pruned, const char* error) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (!report_) report_.emplace();
    report_->pruned += pruned;
    try {
      if (error != nullptr) report_->error = error;
    } catch (const std::bad_alloc&) {
      report_->error.clear();  // Without words: it is tried again, and said then.
    }
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

/// What ages are counted from; nullopt while nothing may be deleted. Throws StoreError.
std::optional<core::WallTime> Retention::count_from() {
  const core::WallTime now = ports::wall_now();
  const auto known = pruner_->known_time();
  if (!core::is_doubtful(now, known)) {
    doubted_since_.reset();
    // Once in any case: what is known may be the rows' times, and a wrong clock writes such rows.
    if (!std::exchange(noted_, true) || !known || std::chrono::abs(now - *known) > kNotedEvery)
      pruner_->note_time(now);
    return now;
  }
  if (!doubted_since_) {
    doubted_since_ = Clock::now();
    const std::string why = core::doubt_words(now, *known) +
                            ": nothing is deleted for its age; set the clock, or let it run: if it stays so, "
                            "deleting goes on step "
                            "by step";
    report({}, why.c_str());
    return std::nullopt;
  }
  if (Clock::now() - *doubted_since_ < kBetweenStepsInDoubt) return std::nullopt;
  doubted_since_ = Clock::now();
  const core::WallTime step = *known + core::kBelievedAhead;
  pruner_->note_time(step);
  return step;
}

/// One walk from the begin of the table to the end of what is old, or to the end of the thread.
void Retention::walk(Walk& walk) {
  std::optional<core::WallTime> from;  // Ages are counted from here.
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
      if (!from) from = count_from();
      if (!from) break;
      const auto pruned = walk.step(*pruner_, *from - walk.age);
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
    } catch (const std::exception& error) {  // For lack of memory or of threads.
      pruner_.reset();
      report({}, error.what());
      next_step_at += kAfterTrouble;
    }
    if (unreported.any() && Clock::now() >= report_at) {
      report(std::exchange(unreported, {}), nullptr);
      report_at = Clock::now() + kBetweenReports;
    }
    if (!wait_until(next_step_at)) break;
  }
  if (unreported.any()) report(unreported, nullptr);
}

}  // namespace keitaro_outbox::worker
