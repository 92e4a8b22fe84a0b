#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/rules/row.hpp"
#include "ports/ack_journal.hpp"
#include "ports/in_progress_slot.hpp"

namespace keitaro_outbox::ports {

/// What a worker leaves for the one after it, however it ends. Only with the lead.
class RecoveryMemory {
 public:
  virtual ~RecoveryMemory() = default;

  /// Answers that are not recorded yet.
  virtual AckJournal& acks() = 0;
  /// Those that the last worker has left, of rows that are still pending; the others are forgotten.
  virtual std::vector<std::pair<AckId, Ack>> unrecorded_acks() = 0;

  /// Whether answers may be missing from it, as the machine went down: rows that are pending may have been
  /// sent.
  virtual bool lost_acks() const { return false; }

  /// Where the delivery thread (the first) and each sender note the row that they handle.
  virtual std::vector<InProgressSlot> slots(int senders) = 0;
  /// Rows that ended several workers, each with the reason to show.
  virtual std::vector<std::pair<core::OutboxId, std::string>> quarantined_rows() = 0;
  /// The row is finished, or the tracker has taken it in: it is no longer suspected.
  virtual void finished(core::OutboxId row, bool delivered) noexcept = 0;
};

}  // namespace keitaro_outbox::ports
