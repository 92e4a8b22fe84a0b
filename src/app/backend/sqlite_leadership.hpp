#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/rules/row.hpp"
#include "ports/leadership.hpp"
#include "ports/recovery_memory.hpp"
#include "sqlite/lock/recovery_journal.hpp"
#include "sqlite/lock/writer_lock.hpp"
#include "sqlite/store/sqlite_store.hpp"

namespace keitaro_outbox::app {

/// Leadership by the lock file beside a database, and what that file remembers from one worker to the next.
class SqliteLeadership final : public ports::Leadership, public ports::RecoveryMemory {
 public:
  /// `store` must be open, and outlive what is called here but release(). Throws ports::StoreError.
  SqliteLeadership(const std::string& database, sqlite::SqliteStore& store)
      : lock_(database), store_(store) {}

  bool try_acquire() override { return lock_.try_acquire(); }
  bool acquire_within(core::Millis limit, int stop_fd) override {
    return lock_.acquire_within(limit, stop_fd);
  }
  /// Makes a lock file anew that was deleted, perhaps with the database. False when another worker was
  /// quicker.
  bool renew() override;
  bool is_current(core::Millis) const noexcept override { return lock_.is_current_file(); }
  void release() noexcept override;

  /// With the lock taken: compares the database with what is remembered of it.
  void take_over();
  /// Without the lock: whether the database is an older copy than what another worker has recorded. The store
  /// is in no transaction.
  bool lacks_recorded_outcomes() const;
  /// The database that is open now is the one to remember.
  void remember_database() {
    if (store_.is_open()) recovery_journal_->adopt(store_.identity());
  }
  void forget_acks();

  ports::AckJournal& acks() override { return *recovery_journal_; }
  std::vector<std::pair<ports::AckId, ports::Ack>> unrecorded_acks() override;
  bool lost_acks() const override { return recovery_journal_->power_was_cut(); }
  std::vector<ports::InProgressSlot> slots(int senders) override;
  std::vector<std::pair<core::OutboxId, std::string>> quarantined_rows() override;
  void finished(core::OutboxId row, bool delivered) noexcept override {
    recovery_journal_->finished(row, delivered);
  }

 private:
  sqlite::WriterLock lock_;
  sqlite::SqliteStore& store_;
  std::unique_ptr<sqlite::RecoveryJournal> recovery_journal_;  ///< From the moment the lock was taken.
};

}  // namespace keitaro_outbox::app
