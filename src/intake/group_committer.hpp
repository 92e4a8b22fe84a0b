#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "core/text/time.hpp"
#include "intake/group_keeper.hpp"
#include "ports/intake_store.hpp"

namespace keitaro_outbox::intake {

/// Commits what came in, in groups, on a thread of its own. Without a timer: whatever came while the last
/// group was being committed is the next one, so that a lone request waits for one sync of the disk and a
/// burst shares it.
class GroupCommitter {
 public:
  struct Options {
    core::Millis longest_wait{2'000};  ///< For another's lock, of the oldest item of a group.
    std::size_t largest_group = 1'000;
    std::size_t most_waiting = 10'000;  ///< Items beyond are not taken.
    /// Told on the committing thread how many damaged lines of the spool were set aside. May be empty.
    std::function<void(std::size_t lines)> on_set_aside = {};
  };
  struct Figures {
    std::uint64_t groups = 0;
    std::uint64_t items = 0;  ///< Committed, those from the spool included.
    std::uint64_t largest_group = 0;
    std::uint64_t failed_groups = 0;
    std::int64_t spool_bytes = 0;
    std::chrono::nanoseconds committing{};  ///< In all.
  };
  /// Told once, on the committing thread, after the item is as safe as the result says.
  using Done = std::function<void(const KeepResult&)>;

  /// `spool` may be nullptr. Both must outlive it, and are used by its thread alone.
  GroupCommitter(ports::IntakeStore& store, Spool* spool, const Options& options);

  /// Commits what waits, then ends.
  ~GroupCommitter();
  GroupCommitter(const GroupCommitter&) = delete;
  GroupCommitter& operator=(const GroupCommitter&) = delete;

  /// False when too many wait already; then `done` is not called.
  bool submit(ports::IntakeItem item, Done done);

  Figures figures() const;

 private:
  struct Waiting {
    ports::IntakeItem item;
    Done done;
    core::SteadyTime since;
  };

  void run();
  void refuse_waiting();
  static void tell(const Waiting& waiting, const KeepResult& result);
  void commit(std::vector<Waiting>& group);
  void count(std::size_t items, const GroupKeeper::Kept& kept, std::chrono::nanoseconds took);

  const Options options_;
  GroupKeeper keeper_;  ///< Of its thread.

  mutable std::mutex mutex_;
  std::condition_variable came_;
  std::deque<Waiting> waiting_;
  Figures figures_;
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace keitaro_outbox::intake
