#pragma once

#include "ports/clock.hpp"

namespace keitaro_outbox::simulation {

/// Virtual time. It moves only when told to; the wall's clock can be set apart from it, as a host's can.
class SimClock final : public ports::Clock {
 public:
  core::WallTime wall() const override {
    return kWallAtStart + std::chrono::floor<core::Millis>(now_ - kStart) + wall_stepped_by_;
  }
  core::SteadyTime steady() const override { return now_; }

  void advance_to(core::SteadyTime time) {
    if (time > now_) now_ = time;
  }
  void advance(core::SteadyTime::duration by) { now_ += by; }
  void step_wall(core::Millis by) { wall_stepped_by_ += by; }

  core::Millis since_start() const { return std::chrono::floor<core::Millis>(now_ - kStart); }

 private:
  static constexpr core::SteadyTime kStart{std::chrono::hours{100}};
  static constexpr core::WallTime kWallAtStart{core::Millis{1'750'000'000'000}};
  core::SteadyTime now_ = kStart;
  core::Millis wall_stepped_by_{};
};

}  // namespace keitaro_outbox::simulation
