#include "worker/leadership.hpp"

#include <algorithm>
#include <cstddef>
#include <new>

#include "ports/outbox_store.hpp"

namespace keitaro_outbox::worker {

void Leadership::take(sqlite::SqliteStore& store) {
  recovery_journal_ = std::make_unique<sqlite::RecoveryJournal>(lock_.fd());
  // What the last worker had written, and perhaps not waited for, is on the disk before it is relied on.
  store.sync_log();
  if (const auto known = recovery_journal_->identity()) store.expect(*known);
  if (store.is_open()) recovery_journal_->adopt(store.identity());
  recovery_journal_->mark_started();
  store.require_write_first([this] { return !recovery_journal_->lacks_space(); });
  store.on_recorded([this](const sqlite::Identity& identity) {
    if (recovery_journal_->knows_a_database()) {
      recovery_journal_->recorded(identity.recorded);
    } else {
      recovery_journal_->adopt(identity);
    }
  });
}

bool Leadership::lacks_what_was_recorded(sqlite::SqliteStore& store) const {
  try {
    if (const auto known = sqlite::RecoveryJournal::read(lock_.fd())) store.expect(*known);
  } catch (const std::bad_alloc&) {
    return false;  // The next look tells.
  }
  return store.groups_missing() > 0;
}

void Leadership::leave() noexcept {
  if (recovery_journal_ && lock_.held()) recovery_journal_->mark_stopped();
  recovery_journal_.reset();
}

bool Leadership::keep() {
  if (!lock_.lost()) {
    if (!recovery_journal_->lasts()) recovery_journal_->move_to(lock_.fd());
    return true;
  }
  try {
    if (!lock_.take_again()) return false;
    recovery_journal_->move_to(lock_.fd());
  } catch (const ports::StoreError&) {
    // The database or its folder is gone, or full: the next call tries again.
  }
  return true;
}

std::vector<ports::InProgressSlot> Leadership::marks(int senders) const {
  std::vector<ports::InProgressSlot> marks;
  for (int thread = 0; thread <= senders; ++thread)
    marks.push_back(recovery_journal_->mark(static_cast<std::size_t>(thread)));
  return marks;
}

ReplayingTransport::Left Leadership::unrecorded_acks(sqlite::SqliteStore& store) {
  ReplayingTransport::Left left = recovery_journal_->unrecorded_acks();
  if (left.empty() || !store.usable()) return left;
  try {
    store.begin_read();
    const auto over = std::partition(left.begin(), left.end(),
                                     [&](const auto& entry) { return store.is_pending(entry.second.row); });
    store.commit();
    std::for_each(over, left.end(), [&](const auto& entry) { recovery_journal_->forget(entry.first); });
    left.erase(over, left.end());
  } catch (const ports::StoreError&) {
    store.rollback();  // None is replayed for a row that is not sent again.
  }
  return left;
}

void Leadership::forget_receipts() {
  for (const auto& [number, receipt] : recovery_journal_->unrecorded_acks())
    recovery_journal_->forget(number);
}

std::vector<std::pair<core::OutboxId, std::string>> Leadership::quarantined_rows() const {
  std::vector<std::pair<core::OutboxId, std::string>> rows;
  for (const sqlite::RecoveryJournal::CrashCount& crash_count : recovery_journal_->quarantined()) {
    const char* doing = crash_count.sending ? "sending this row or reading its answer"
                                            : "planning this row or recording what became of it";
    rows.emplace_back(
        crash_count.row,
        "the worker ended " + std::to_string(crash_count.ends) + " times while it was " + doing +
            ": set aside, so that the others go on; have it sent again to give it another chance");
  }
  return rows;
}

}  // namespace keitaro_outbox::worker
