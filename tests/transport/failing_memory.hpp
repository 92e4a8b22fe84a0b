#pragma once

namespace keitaro_outbox::transport_tests {

/// While it lives, one allocation by `new` of the thread that made it fails: the n-th, from 1.
class FailingMemory {
 public:
  explicit FailingMemory(long nth) noexcept;
  ~FailingMemory() { heal(); }
  FailingMemory(const FailingMemory&) = delete;
  FailingMemory& operator=(const FailingMemory&) = delete;

  /// Nothing fails any more.
  void heal() noexcept;
};

}  // namespace keitaro_outbox::transport_tests
