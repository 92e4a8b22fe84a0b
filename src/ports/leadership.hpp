#pragma once

#include <atomic>
#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

#include "core/text/time.hpp"

namespace keitaro_outbox::ports {

/// Being the worker that delivers an outbox's rows. All calls but release() throw StoreError.
class Leadership {
 public:
  virtual ~Leadership() = default;

  /// Takes the lead unless another worker has it. Never waits. True as well when this object has it already.
  virtual bool try_acquire() = 0;
  /// Waits up to `limit` for the lead, and returns early, without it, when `stop_fd` becomes readable.
  virtual bool acquire_within(core::Millis limit, int stop_fd) = 0;
  /// Makes sure that the lead is still held, and mends what it rests on. False when another worker has it
  /// now: then nothing more may be sent or recorded.
  virtual bool renew() = 0;
  /// Whether no other worker can have the lead, nor will within `span`, by a look that costs next to nothing:
  /// to be asked before each burst of requests that take so long at most, as this process may have been
  /// frozen while another took over. From any thread.
  virtual bool is_current(core::Millis span) const noexcept = 0;
  /// Ends in order: no row is suspected of having ended this worker.
  virtual void release() noexcept = 0;
  /// Whether it ends by itself unless it is renewed, so that is_current() may say no at any time.
  virtual bool expires() const { return false; }

  // Where several workers share the rows: a part that is to be given away to another, once nothing of it is
  // under way. Nothing more of it is loaded meanwhile.
  virtual bool has_surplus() const { return false; }
  virtual void give_surplus_away() {}
};

/// What the worker of this process has of an outbox that several workers share, and what the database costs
/// it. The worker writes it. From any thread.
class WorkerShare {
 public:
  static constexpr std::size_t kLanes = 256;
  using Lanes = std::bitset<kLanes>;

  struct Figures {
    Lanes lanes;                            ///< Those that it delivers from.
    std::optional<core::Millis> lease_age;  ///< Since the last renewal; nullopt without a lease.
    std::int64_t round_trips = 0;           ///< Delivery's, since the start.
    /// Delivery's, since the start: they failed, or their outcome was unknown, and were done again.
    std::int64_t transactions_retried = 0;
  };

  void set_lanes(const Lanes& lanes) {
    const std::lock_guard guard(mutex_);
    lanes_ = lanes;
  }
  void renewed(core::SteadyTime at) {
    const std::lock_guard guard(mutex_);
    renewed_at_ = at;
  }
  /// Others have the lanes.
  void lost() {
    const std::lock_guard guard(mutex_);
    lanes_.reset();
    renewed_at_.reset();
  }
  void count(std::int64_t round_trips, std::int64_t transactions_retried) noexcept {
    round_trips_.store(round_trips, std::memory_order_relaxed);
    transactions_retried_.store(transactions_retried, std::memory_order_relaxed);
  }

  Lanes lanes() const {
    const std::lock_guard guard(mutex_);
    return lanes_;
  }
  Figures figures(core::SteadyTime now) const {
    const std::lock_guard guard(mutex_);
    Figures figures{.lanes = lanes_, .lease_age = {}};
    if (renewed_at_) figures.lease_age = std::chrono::floor<core::Millis>(now - *renewed_at_);
    figures.round_trips = round_trips_.load(std::memory_order_relaxed);
    figures.transactions_retried = transactions_retried_.load(std::memory_order_relaxed);
    return figures;
  }

 private:
  mutable std::mutex mutex_;  ///< Guards what stands below.
  Lanes lanes_;
  std::optional<core::SteadyTime> renewed_at_;

  std::atomic<std::int64_t> round_trips_{0};
  std::atomic<std::int64_t> transactions_retried_{0};
};

}  // namespace keitaro_outbox::ports
