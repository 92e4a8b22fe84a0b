#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "core/text/time.hpp"

namespace keitaro_outbox::simulation {

/// `outbox_workers` and `outbox_lanes`, changed as the statements of src/postgresql/sql/lease_*.sql change
/// them. Each call is a transaction.
class LeaseTable {
 public:
  using Lanes = std::vector<int>;
  static constexpr int kLanes = 8;

  struct Seen {
    int workers = 0;  ///< That are not late.
    bool is_here = false;
    bool some_are_free = false;
  };

  /// Of a click: FNV-1a.
  static int lane_of(std::string_view tracker, std::string_view subid) {
    std::uint32_t hash = 2166136261U;
    for (const std::string_view part : {tracker, subid}) {
      for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
      hash = (hash ^ 0xffU) * 16777619U;
    }
    return static_cast<int>(hash >> 8) % kLanes;
  }

  /// The fence.
  bool has(const std::string& worker) const { return workers_.contains(worker); }

  void join(const std::string& worker, core::SteadyTime now, core::SteadyTime expires_at) {
    reap(now);
    workers_[worker] = expires_at;
    take(worker);
  }
  /// Takes what is free, up to a fair share.
  void take_free(const std::string& worker, core::SteadyTime now) {
    reap(now);
    take(worker);
  }
  /// False where others have taken over.
  bool renew(const std::string& worker, core::SteadyTime expires_at) {
    const auto own = workers_.find(worker);
    if (own == workers_.end()) return false;
    own->second = expires_at;
    return true;
  }
  void leave(const std::string& worker) { workers_.erase(worker); }
  void give(const std::string& worker, const Lanes& lanes) {
    for (const int lane : lanes) {
      if (owner_of(lane) == worker) owner_of(lane).clear();
    }
  }
  Lanes lanes_of(const std::string& worker) const {
    Lanes lanes;
    for (int lane = 0; lane < kLanes; ++lane) {
      if (owners_[static_cast<std::size_t>(lane)] == worker) lanes.push_back(lane);
    }
    return lanes;
  }
  Seen look(const std::string& worker, core::SteadyTime now) const {
    const auto late = [&](const std::string& name) {
      const auto found = workers_.find(name);
      return found == workers_.end() || found->second < now;
    };
    return {.workers = static_cast<int>(
                std::ranges::count_if(workers_, [&](const auto& entry) { return entry.second >= now; })),
            .is_here = has(worker),
            .some_are_free = std::ranges::any_of(owners_, late)};
  }

 private:
  std::string& owner_of(int lane) { return owners_[static_cast<std::size_t>(lane)]; }

  void reap(core::SteadyTime now) {
    std::erase_if(workers_, [&](const auto& entry) { return entry.second < now; });
  }
  void take(const std::string& worker) {
    const int workers = std::max(1, static_cast<int>(workers_.size()));
    int room = (kLanes + workers - 1) / workers - static_cast<int>(lanes_of(worker).size());
    for (std::string& owner : owners_) {
      if (room <= 0) return;
      if (has(owner)) continue;
      owner = worker;
      --room;
    }
  }

  std::map<std::string, core::SteadyTime> workers_;  ///< When each expires.
  std::vector<std::string> owners_ = std::vector<std::string>(kLanes);
};

}  // namespace keitaro_outbox::simulation
