#pragma once

#include <cstdint>
#include <new>
#include <utility>

#include "delivery/queue/planned_row.hpp"
#include "ports/outbox_store.hpp"

namespace keitaro_outbox::delivery {

/// Whether others have committed since a row was read. A row that was read before must be checked again
/// before it is sent: it may be cancelled, or scheduled for later.
class ForeignCommits {
 public:
  explicit ForeignCommits(ports::OutboxStore& store) : store_(store) {}

  /// Whether there are any that begin_generation() has not seen yet. Cheap; for use between transactions.
  bool noticed() {
    try {
      if (!noticed_ && store_.foreign_commits()) noticed_ = true;
    } catch (const ports::StoreError&) {
      noticed_ = true;  // There may be some. The next transaction meets the same error, and deals with it.
    } catch (const std::bad_alloc&) {
      noticed_ = true;  // The same.
    }
    return noticed_;
  }

  /// All that was read is to be read again, as if others had committed.
  void assume() { noticed_ = true; }

  /// In a transaction: true when others have committed. All rows that were read before it are stale then.
  bool begin_generation() {
    if (!store_.foreign_commits() && !noticed_) return false;
    noticed_ = false;
    ++generation_;
    return true;
  }

  std::uint64_t generation() const { return generation_; }
  bool is_stale(const PlannedRow& row) const { return row.commit_generation != generation_; }

 private:
  ports::OutboxStore& store_;
  std::uint64_t generation_ = 1;
  bool noticed_ = false;
};

}  // namespace keitaro_outbox::delivery
