#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace keitaro_outbox::ports {

/// What a store takes time for.
enum class Timed : std::uint8_t {
  lock_wait,  ///< From asking for the write lock to having it, or giving up.
  commit,     ///< Of a writing transaction.
  checkpoint
};

/// Must be quick, and must not throw.
using TimingListener = std::function<void(Timed, std::chrono::nanoseconds)>;

}  // namespace keitaro_outbox::ports
