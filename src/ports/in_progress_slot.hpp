#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdint>

#include "core/rules/row.hpp"

namespace keitaro_outbox::ports {

/// Where a thread notes which row it is handling just now, in memory that outlives the process: a row that
/// crashes or wedges it can thus be told at the next start. A note is one plain store, and one pwrite(2)
/// where the memory is a copy of a file's. Not noted: the row that a thread merely waits for, be it the
/// network or a lock.
class InProgressSlot {
 public:
  InProgressSlot() = default;  ///< Notes nothing.
  explicit InProgressSlot(std::atomic<std::int64_t>& memory) : memory_(&memory) {}
  /// Each note is written to `file` at `offset` as well. A failure to do so is no matter.
  InProgressSlot(std::atomic<std::int64_t>& memory, int file, std::int64_t offset)
      : memory_(&memory), file_(file), offset_(offset) {}

  void set(core::OutboxId row) const noexcept { note(row.value); }
  void clear() const noexcept { note(0); }
  /// What is noted now; 0 for none. From any thread.
  std::int64_t noted() const noexcept {
    return memory_ == nullptr ? 0 : memory_->load(std::memory_order_relaxed);
  }

 private:
  void note(std::int64_t value) const noexcept {
    if (memory_ == nullptr) return;
    memory_->store(value, std::memory_order_relaxed);
    if (file_ < 0) return;
    [[maybe_unused]] const auto written = ::pwrite(file_, &value, sizeof value, offset_);
  }
  std::atomic<std::int64_t>* memory_ = nullptr;
  int file_ = -1;
  std::int64_t offset_ = 0;
};

/// The note for as long as a scope lasts. Scopes of one mark are not nested.
class InProgressScope {
 public:
  InProgressScope(const InProgressSlot& mark, core::OutboxId row) noexcept : mark_(mark) { mark_.set(row); }
  ~InProgressScope() { mark_.clear(); }
  InProgressScope(const InProgressScope&) = delete;
  InProgressScope& operator=(const InProgressScope&) = delete;

 private:
  const InProgressSlot& mark_;
};

}  // namespace keitaro_outbox::ports
