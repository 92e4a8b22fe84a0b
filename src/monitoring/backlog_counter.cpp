#include "monitoring/backlog_counter.hpp"

#include <chrono>
#include <exception>
#include <utility>

#include "ports/clock.hpp"

namespace keitaro_outbox::monitoring {
namespace {

/// What one step may take.
constexpr core::Millis kStep{20};

/// The pause after a step, as a multiple of the time that the step took.
constexpr int kPausePerStep = 4;

}  // namespace

std::int64_t Backlog::pending() const {
  std::int64_t rows = 0;
  for (const auto& [tracker, of] : waiting) rows += of.pending();
  return rows;
}

BacklogCounter::BacklogCounter(Open open) : open_(std::move(open)), thread_([this] { run(); }) {}

BacklogCounter::~BacklogCounter() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Backlog BacklogCounter::backlog(core::Millis patience) {
  std::unique_lock lock(mutex_);
  const std::uint64_t question = ++asked_;
  changed_.notify_all();
  changed_.wait_for(lock, patience, [&] { return answered_ >= question || stop_; });
  return backlog_;
}

void BacklogCounter::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stop_ || asked_ > answered_; });
    if (stop_) return;
    const std::uint64_t question = asked_;
    lock.unlock();
    count();
    lock.lock();
    answered_ = question;
    changed_.notify_all();
  }
}

void BacklogCounter::count() {
  try {
    if (reader_ && reader_->is_of_another_database()) reader_.reset();
    if (!reader_) reader_ = open_();
    auto begun = std::chrono::steady_clock::now();
    const ports::StatusSnapshot& snapshot = reader_->look(ports::wall_now(), kStep);
    {
      const std::lock_guard lock(mutex_);
      backlog_.waiting = snapshot.waiting;
      backlog_.vacuum = snapshot.vacuum;
    }
    while (reader_->pass_under_way()) {
      if (!pause((std::chrono::steady_clock::now() - begun) * kPausePerStep)) return;
      begun = std::chrono::steady_clock::now();
      reader_->carry_on(kStep);
    }
    std::map<std::string, core::AmountSum> payout;
    for (const auto& [tracker, details] : reader_->pending().of)
      for (const auto& [currency, sum] : details.payout) payout[currency] += sum;
    const std::lock_guard lock(mutex_);
    backlog_.money = common_currencies(payout, kCurrencies);
    backlog_.counted_at = reader_->pending().at;
  } catch (const std::exception&) {
    // The worker meets the same trouble and tells of it. The last figures stand, with their time.
    reader_.reset();
  }
}

/// False when the thread is to end.
bool BacklogCounter::pause(core::SteadyTime::duration time) {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, time, [this] { return stop_; });
}

}  // namespace keitaro_outbox::monitoring
