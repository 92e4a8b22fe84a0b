#include "intake/group_committer.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <new>
#include <utility>

#include "ports/outbox_store.hpp"

namespace keitaro_outbox::intake {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// Before the next group where there was no memory for one.
constexpr auto kMemoryPause = 10ms;

/// How often a spool is tried while nobody calls.
constexpr auto kSpoolPause = 1s;

}  // namespace

GroupCommitter::GroupCommitter(ports::IntakeStore& store, Spool* spool, const Options& options)
    : options_(options), keeper_(store, spool, options.on_set_aside), thread_([this] { run(); }) {}

GroupCommitter::~GroupCommitter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  came_.notify_all();
  thread_.join();
}

bool GroupCommitter::submit(ports::IntakeItem item, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || waiting_.size() >= options_.most_waiting) return false;
    waiting_.push_back({std::move(item), std::move(done), Clock::now()});
  }
  came_.notify_one();
  return true;
}

GroupCommitter::Figures GroupCommitter::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

void GroupCommitter::run() {
  const auto due = [this] { return stopping_ || !waiting_.empty(); };
  count(0, {}, {});  // A spool may be left from an earlier life.
  for (;;) {
    std::vector<Waiting> group;
    try {
      {
        std::unique_lock lock(mutex_);
        if (figures_.spool_bytes > 0) {
          came_.wait_for(lock, kSpoolPause, due);
        } else {
          came_.wait(lock, due);
        }
        if (waiting_.empty() && stopping_) return;
        const std::size_t size = std::min(waiting_.size(), options_.largest_group);
        group.reserve(size);
        const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(size);
        std::move(waiting_.begin(), end, std::back_inserter(group));
        waiting_.erase(waiting_.begin(), end);
      }
      commit(group);
    } catch (const std::bad_alloc&) {
      for (const Waiting& waiting : group) tell(waiting, NotKept{});
      if (group.empty()) refuse_waiting();
      std::this_thread::sleep_for(kMemoryPause);
    }
  }
}

/// Needs no memory.
void GroupCommitter::refuse_waiting() {
  std::unique_lock lock(mutex_);
  while (!waiting_.empty()) {
    const Waiting refused = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    tell(refused, NotKept{});
    lock.lock();
  }
}

void GroupCommitter::tell(const Waiting& waiting, const KeepResult& result) {
  try {
    waiting.done(result);
  } catch (const std::exception&) {
    // Out of memory for an answer: what holds the request answers it by itself as it goes.
  }
}

void GroupCommitter::commit(std::vector<Waiting>& group) {
  std::vector<ports::IntakeItem> items;
  items.reserve(group.size());
  for (Waiting& waiting : group) items.push_back(std::move(waiting.item));
  core::Millis wait = options_.longest_wait;
  if (!group.empty()) {
    const auto waited = std::chrono::duration_cast<core::Millis>(Clock::now() - group.front().since);
    wait = std::max(core::Millis{0}, wait - waited);
  }
  const auto begun = Clock::now();
  const GroupKeeper::Kept kept = keeper_.keep(items, wait);
  count(items.size(), kept, Clock::now() - begun);
  for (std::size_t i = 0; i < group.size(); ++i) tell(group[i], kept.results[i]);
  group.clear();
}

void GroupCommitter::count(std::size_t items, const GroupKeeper::Kept& kept, std::chrono::nanoseconds took) {
  const std::int64_t spooled = keeper_.spool_bytes();
  const std::lock_guard lock(mutex_);
  figures_.spool_bytes = spooled;
  figures_.items += kept.from_spool;
  if (kept.failed) {
    ++figures_.failed_groups;
    return;
  }
  if (items == 0) return;
  ++figures_.groups;
  figures_.items += items;
  figures_.largest_group = std::max<std::uint64_t>(figures_.largest_group, items);
  figures_.committing += took;
}

}  // namespace keitaro_outbox::intake
