#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "schedules/owners/lease_table.hpp"
#include "schedules/sim_clock.hpp"

namespace keitaro_outbox::simulation {

/// A worker's side of its lease, as postgresql::Lease is: its thread works where the worker is neither frozen
/// nor gone. All times are a fifth of the real ones.
class SimLease {
 public:
  using Lanes = LeaseTable::Lanes;
  static constexpr core::Millis kLease{4'000};
  static constexpr core::Millis kRenew{1'000};
  static constexpr core::Millis kLook{200};
  static constexpr core::Millis kMargin{200};
  static constexpr core::Millis kLongestRequest = kLease - kMargin - kRenew - 2 * kLook;

  /// `reaches`: whether the database can be reached at present by the lease's connection.
  SimLease(const SimClock& clock, LeaseTable& table, std::function<bool()> reaches)
      : clock_(clock), table_(table), reaches_(std::move(reaches)) {}

  /// By a name that was never used. `slow_by`: of this worker's clock, in the time of a lease.
  bool acquire(std::string name, core::Millis slow_by) {
    if (!reaches_()) return false;
    worker_ = std::move(name);
    slow_by_ = slow_by;
    taken_over_ = false;
    held_ = true;
    table_.join(worker_, clock_.steady(), clock_.steady() + kLease);
    renewed();
    next_look_ = clock_.steady() + kLook;
    set_lanes();
    return true;
  }
  /// In order: others have the lanes at once.
  void release() {
    if (held_ && reaches_()) table_.leave(worker_);
    forget();
  }
  /// The process is gone. What it had stays its own until it runs out.
  void forget() { held_ = false; }

  bool held() const { return held_; }
  bool taken_over() const { return taken_over_; }
  bool lasts_for(core::Millis span) const {
    return held_ && !taken_over_ && clock_.steady() + span < deadline_;
  }
  const std::string& worker() const { return worker_; }
  /// To deliver from.
  const Lanes& lanes() const { return lanes_; }

  bool has_surplus() const { return !surplus_.empty(); }
  /// False where the database cannot be reached.
  bool give_away() {
    if (!reaches_()) return false;
    table_.give(worker_, surplus_);
    set_lanes();
    return true;
  }

  core::SteadyTime next_look() const { return next_look_; }
  /// What the lease's thread does when its time has come.
  void work() {
    if (!held_ || taken_over_ || clock_.steady() < next_look_) return;
    next_look_ = clock_.steady() + kLook;
    if (!reaches_()) return;
    if (clock_.steady() >= next_renewal_) {
      taken_over_ = !table_.renew(worker_, clock_.steady() + kLease);
      if (taken_over_) return;
      renewed();
    }
    look();
  }

 private:
  void renewed() {
    deadline_ = clock_.steady() + kLease - kMargin + slow_by_;
    next_renewal_ = clock_.steady() + kRenew;
  }
  void set_lanes() {
    lanes_ = table_.lanes_of(worker_);
    surplus_.clear();
  }
  void look() {
    const LeaseTable::Seen seen = table_.look(worker_, clock_.steady());
    if (!seen.is_here) {
      taken_over_ = true;
      return;
    }
    const auto workers = static_cast<std::size_t>(std::max(seen.workers, 1));
    const std::size_t fair = (LeaseTable::kLanes + workers - 1) / workers;
    const std::size_t mine = lanes_.size() + surplus_.size();
    if (seen.some_are_free && mine < fair) {
      table_.take_free(worker_, clock_.steady());
      set_lanes();
    }
    const std::size_t all = lanes_.size() + surplus_.size();
    const std::size_t above = all > fair ? all - fair : 0;
    if (above == surplus_.size()) return;
    set_lanes();
    surplus_.assign(lanes_.end() - static_cast<std::ptrdiff_t>(above), lanes_.end());
    lanes_.resize(lanes_.size() - above);
  }

  const SimClock& clock_;
  LeaseTable& table_;
  std::function<bool()> reaches_;
  std::string worker_;
  core::Millis slow_by_{};
  bool held_ = false;
  bool taken_over_ = false;
  core::SteadyTime deadline_{};
  core::SteadyTime next_renewal_{};
  core::SteadyTime next_look_{};
  Lanes lanes_;
  Lanes surplus_;  ///< To be given away once nothing of it is under way.
};

}  // namespace keitaro_outbox::simulation
