#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/rules/postback_request.hpp"
#include "delivery/foreign_commits.hpp"
#include "delivery/queue/tracker_queue.hpp"
#include "delivery/row_outcome.hpp"
#include "ports/clock.hpp"
#include "ports/in_progress_slot.hpp"
#include "ports/outbox_store.hpp"

namespace keitaro_outbox::delivery {

/// Brings rows from the store into a queue, planned and in order per click.
///
/// A row whose click is held in memory, or has an earlier row waiting in the store, is blocked behind it.
/// Rows with a later time of their own are taken only once every fresh row with a smaller id has been looked
/// at: so an earlier row of the same click is either in memory, or waiting, or done, and no index over all
/// pending rows by click is needed.
class Loader {
 public:
  Loader(ports::OutboxStore& store, const ports::Clock& clock, const ForeignCommits& commits,
         OutcomeBuffer& outcomes, const ports::InProgressSlot& in_progress)
      : store_(store), clock_(clock), commits_(commits), outcomes_(outcomes), in_progress_(in_progress) {}

  /// The row is not planned any more: it ends `dead` for `reason` when its turn comes.
  void quarantine(core::OutboxId id, std::string reason) {
    quarantined_.insert_or_assign(id.value, std::move(reason));
  }

  /// Planned rows of a tracker are kept up to here.
  std::size_t capacity(const TrackerQueue& queue) const {
    return std::max(queue.ready_capacity(), store_.preferred_span());
  }

  /// Whether load() could bring anything now.
  bool wanted(const TrackerQueue& queue) const;

  /// In a reading transaction. Rows that end without a request become outcomes.
  void load(TrackerQueue& queue);

  /// In a writing transaction: blocks what load() left for it. A row that need not wait any more is left to
  /// the next load(), which sees first whether an earlier one of its click came free as well.
  void block_left(TrackerQueue& queue);

  /// In a transaction: reads again those that are stale of `count` planned rows from `first` on. One that may
  /// not be sent now is withdrawn: it was cancelled, finished or rescheduled by another's hand, or an earlier
  /// row of its click was sent again. True when the row at `first` may be sent.
  bool recheck(TrackerQueue& queue, std::size_t first, std::size_t count);

 private:
  void load_fresh(TrackerQueue& queue, std::size_t room);
  void load_due(TrackerQueue& queue, std::size_t room);
  void plan_rows(TrackerQueue& queue);
  void read_ledger(const TrackerQueue& queue);
  void plan(TrackerQueue& queue, ports::LoadedRow& loaded, core::Plan& request,
            const std::optional<core::LedgerEntry>& taken_in);
  void withdraw(TrackerQueue& queue, std::size_t at);

  ports::OutboxStore& store_;
  const ports::Clock& clock_;
  const ForeignCommits& commits_;
  OutcomeBuffer& outcomes_;
  const ports::InProgressSlot& in_progress_;
  std::map<std::int64_t, std::string> quarantined_;  ///< By id: why. Empty, as a rule.

  // Kept for their memory.
  std::vector<core::OutboxId> ids_;
  std::vector<ports::DueRow> due_rows_;
  std::vector<ports::LoadedRow> rows_;
  std::vector<core::Plan> requests_;  ///< Of `rows_`, without regard to what the tracker took in.
  std::vector<ports::LedgerLookup> lookups_;
  std::vector<std::optional<core::LedgerEntry>> entries_;  ///< One for each of `rows_`.
  std::vector<ports::BlockedRow> blocked_;
};

}  // namespace keitaro_outbox::delivery
