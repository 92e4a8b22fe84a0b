#include "app/backend/sqlite_leadership.hpp"

#include <algorithm>
#include <cstddef>
#include <new>

#include "ports/outbox_store.hpp"

namespace keitaro_outbox::app {

void SqliteLeadership::take_over() {
  recovery_journal_ = std::make_unique<sqlite::RecoveryJournal>(lock_.fd());
  // What the last worker had written, and perhaps not waited for, is on the disk before it is relied on.
  store_.sync_log();
  if (const auto known = recovery_journal_->identity()) store_.expect(*known);
  if (store_.is_open()) recovery_journal_->adopt(store_.identity());
  recovery_journal_->mark_started();
  store_.require_write_first([this] { return !recovery_journal_->lacks_space(); });
  store_.on_recorded([this](const sqlite::Identity& identity) {
    if (recovery_journal_->knows_a_database()) {
      recovery_journal_->recorded(identity.recorded);
    } else {
      recovery_journal_->adopt(identity);
    }
  });
}

bool SqliteLeadership::lacks_recorded_outcomes() const {
  try {
    if (const auto known = sqlite::RecoveryJournal::read(lock_.fd())) store_.expect(*known);
  } catch (const std::bad_alloc&) {
    return false;  // The next look tells.
  }
  return store_.groups_missing() > 0;
}

void SqliteLeadership::release() noexcept {
  if (recovery_journal_ && lock_.held()) recovery_journal_->mark_stopped();
  recovery_journal_.reset();
}

bool SqliteLeadership::renew() {
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

std::vector<ports::InProgressSlot> SqliteLeadership::slots(int senders) {
  std::vector<ports::InProgressSlot> slots;
  for (int thread = 0; thread <= senders; ++thread)
    slots.push_back(recovery_journal_->mark(static_cast<std::size_t>(thread)));
  return slots;
}

std::vector<std::pair<ports::AckId, ports::Ack>> SqliteLeadership::unrecorded_acks() {
  auto left = recovery_journal_->unrecorded_acks();
  if (left.empty() || !store_.usable()) return left;
  try {
    store_.begin_read();
    const auto over = std::partition(left.begin(), left.end(),
                                     [&](const auto& entry) { return store_.is_pending(entry.second.row); });
    store_.commit();
    std::for_each(over, left.end(), [&](const auto& entry) { recovery_journal_->forget(entry.first); });
    left.erase(over, left.end());
  } catch (const ports::StoreError&) {
    store_.rollback();  // None is replayed for a row that is not sent again.
  }
  return left;
}

void SqliteLeadership::forget_acks() {
  for (const auto& [number, receipt] : recovery_journal_->unrecorded_acks())
    recovery_journal_->forget(number);
}

std::vector<std::pair<core::OutboxId, std::string>> SqliteLeadership::quarantined_rows() {
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

}  // namespace keitaro_outbox::app
