#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "delivery/row_outcome.hpp"
#include "delivery/tracker_queue.hpp"
#include "ports/clock.hpp"
#include "ports/in_progress_slot.hpp"
#include "ports/outbox_store.hpp"

namespace keitaro_outbox::delivery {

/// Brings rows from the store into a queue, planned and in order per click.
///
/// A due_row whose click is busy in memory, or has an earlier row waiting in the store, is blocked behind
/// it. Rows with a later time of their own are taken only once every fresh row with a smaller id has been
/// looked at: so an earlier row of the same click is either in memory, or waiting, or done, and no index over
/// all pending rows by click is needed.
class Loader {
 public:
  Loader(ports::OutboxStore& store, const ports::Clock& clock) : store_(store), clock_(clock) {}

  void set_in_progress_slot(const ports::InProgressSlot& mark) { mark_ = mark; }

  /// The row is not planned any more: it ends `dead` for `reason` when its turn comes.
  void quarantine(core::OutboxId id, std::string reason) {
    quarantined_.insert_or_assign(id.value, std::move(reason));
  }

  /// Whether load() could bring anything now.
  bool wanted(const TrackerQueue& queue) const;

  /// In a reading transaction. Plans that end without a request go to `outcomes`; due_rows to block to
  /// `queue.to_block`.
  void load(TrackerQueue& queue, std::uint64_t commit_generation, std::vector<RowOutcome>& outcomes);

  /// In a writing transaction: parks what load() left for it. A row that need not wait any more is left to
  /// the next load(), which sees first whether an earlier one of its click came free as well.
  /// `queue.to_block` stays as it is: the caller clears it once the transaction is committed.
  void block_left(TrackerQueue& queue);

  /// In a transaction: whether a planned row may still be sent, as of now. It may not when an earlier row of
  /// its click has been sent again: such a row has a time of its own, and so stands among those that wait.
  /// The row's strikes are read anew: it may have been sent again itself.
  bool still_ready(Planned& planned);

 private:
  static std::size_t crowd(const TrackerQueue& queue);
  void load_fresh(TrackerQueue& queue, std::size_t room, std::uint64_t commit_generation,
                  std::vector<RowOutcome>& outcomes);
  void load_due(TrackerQueue& queue, std::size_t room, std::uint64_t commit_generation,
                std::vector<RowOutcome>& outcomes);
  void consider(TrackerQueue& queue, core::OutboxId id, std::uint64_t commit_generation,
                std::vector<RowOutcome>& outcomes);
  static std::optional<core::OutboxId> must_wait_for(TrackerQueue& queue, const ports::LoadedRow& loaded_row);

  /// Whether the row was set aside, which is then its end.
  std::optional<core::Finish> quarantine_end(core::OutboxId id) const;

  ports::OutboxStore& store_;
  const ports::Clock& clock_;
  ports::InProgressSlot mark_;
  std::map<std::int64_t, std::string> quarantined_;  ///< By id: why. Empty, as a rule.
  std::vector<core::OutboxId> ids_;
  std::vector<ports::DueRow> due_rows_;
};

}  // namespace keitaro_outbox::delivery
