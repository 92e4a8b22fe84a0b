#pragma once

#include <cstdint>
#include <optional>

#include "ports/transport.hpp"

namespace keitaro_outbox::delivery {

/// The gate of one tracker: what the transport was told, and what it is to be told.
class GateState {
 public:
  /// Requests of earlier generations that were not begun come back.
  void next_generation() noexcept { ++generation_; }
  std::uint64_t generation() const { return generation_; }

  /// A completion with Completion::failed was read: the transport may go on.
  void on_failure_read() noexcept { ++failures_read_; }

  /// After a failure nothing more is begun before it has been decided here what that means, unless failures
  /// are usual.
  ports::Gate wanted(int permits, bool failures_are_usual) const {
    return {.permits = permits,
            .generation = generation_,
            .stops_at_failure = !failures_are_usual,
            .failures_read = failures_read_};
  }

  bool was_told(const ports::Gate& gate) const { return told_ == gate; }
  void on_told(const ports::Gate& gate) { told_ = gate; }

 private:
  std::uint64_t generation_ = 0;
  std::uint64_t failures_read_ = 0;
  std::optional<ports::Gate> told_;
};

}  // namespace keitaro_outbox::delivery
