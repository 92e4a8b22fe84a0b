#include "monitoring/backlog_counter.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

namespace keitaro_outbox::monitoring {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kRowsAtOnce = 10'000;

/// Trackers that nobody configured may have any number of names.
constexpr std::size_t kTrackers = 1000;

/// The time of some rows may come without anybody's commit.
constexpr auto kLaterIsBelieved = 30s;

/// A pause after each step, so many times as long as the step took.
constexpr int kPauseShare = 4;

std::pair<std::uint64_t, std::uint64_t> file_id(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return {};
  return {info.st_dev, info.st_ino};
}

core::WallTime wall_now() {
  return std::chrono::floor<core::Millis>(std::chrono::system_clock::now());
}

}  // namespace

std::int64_t Backlog::pending() const {
  std::int64_t rows = 0;
  for (const OfTracker& of : trackers) rows += of.rows.ready + of.rows.later + of.rows.behind;
  return rows;
}

BacklogCounter::BacklogCounter(std::string database)
    : database_(std::move(database)), thread_([this] { run(); }) {}

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

bool BacklogCounter::stopping() const {
  const std::lock_guard lock(mutex_);
  return stop_;
}

void BacklogCounter::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stop_ || asked_ > answered_; });
    if (stop_) return;
    const std::uint64_t question = asked_;
    lock.unlock();
    take();
    lock.lock();
    answered_ = question;
    changed_.notify_all();
  }
}

void BacklogCounter::take() {
  try {
    const auto file = file_id(database_);
    if (file != file_)
      pending_counter_.reset();  // Another file is in its place: the old one tells nothing any more.
    if (!pending_counter_) pending_counter_ = std::make_unique<sqlite::PendingCounter>(database_);
    file_ = file;
    stale_ |= pending_counter_->changed() || rows_may_have_come_due();
    look(*pending_counter_);
    if (stale_) count(*pending_counter_);
  } catch (const std::exception&) {
    // Whoever delivers meets the same trouble and tells of it. The last figures stand, with their time.
    pending_counter_.reset();
    stale_ = true;
  }
}

/// Without a commit, as where nothing may be sent.
bool BacklogCounter::rows_may_have_come_due() const {
  const std::lock_guard lock(mutex_);
  const bool some_later =
      std::ranges::any_of(backlog_.trackers, [](const Backlog::OfTracker& of) { return of.rows.later > 0; });
  return some_later && backlog_.counted_at && wall_now() - *backlog_.counted_at > kLaterIsBelieved;
}

/// Ages grow without a commit, so they are looked up each time; it is a seek or two for each tracker.
void BacklogCounter::look(sqlite::PendingCounter& pending_counter) {
  std::vector<Backlog::OfTracker> found;
  for (std::string& name : pending_counter.trackers(kTrackers)) {
    const auto oldest = pending_counter.oldest_due(name, wall_now());
    found.push_back({std::move(name), {}, oldest});
  }
  const std::lock_guard lock(mutex_);
  for (Backlog::OfTracker& now : found) {
    const auto before = std::ranges::find(backlog_.trackers, now.tracker, &Backlog::OfTracker::tracker);
    if (before != backlog_.trackers.end()) now.rows = before->rows;
  }
  backlog_.trackers = std::move(found);
}

void BacklogCounter::count(sqlite::PendingCounter& pending_counter) {
  std::vector<Backlog::OfTracker> trackers;
  {
    const std::lock_guard lock(mutex_);
    trackers = backlog_.trackers;
  }
  MoneySums sums;
  const auto weigh = [&](std::string_view payout, std::string_view currency) {
    // What is too long to be sent is refused once its turn comes.
    if (const auto amount = core::Amount::parse(payout)) sums.add(*amount, currency);
  };
  for (Backlog::OfTracker& of : trackers) {
    of.rows = {};
    sqlite::PendingCounter::Position position;
    in_steps(
        [&] { return pending_counter.count(of.tracker, wall_now(), kRowsAtOnce, position, of.rows, weigh); });
    of.rows.behind = std::max<std::int64_t>(of.rows.behind, 0);
  }
  if (stopping()) return;
  stale_ = false;
  const std::lock_guard lock(mutex_);
  backlog_.trackers = std::move(trackers);
  backlog_.money = sums.sums(kCurrencies);
  backlog_.counted_at = wall_now();
}

/// Until `step` gives false, or the end of it all.
template <typename Step>
void BacklogCounter::in_steps(Step&& step) {
  while (true) {
    const auto begun = std::chrono::steady_clock::now();
    if (!step()) return;
    const auto pause = (std::chrono::steady_clock::now() - begun) * kPauseShare;
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, pause, [this] { return stop_; })) return;
  }
}

}  // namespace keitaro_outbox::monitoring
