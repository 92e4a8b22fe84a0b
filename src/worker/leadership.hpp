#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/rules/row.hpp"
#include "ports/ack_journal.hpp"
#include "ports/in_progress_slot.hpp"
#include "sqlite/lock/recovery_journal.hpp"
#include "sqlite/lock/writer_lock.hpp"
#include "sqlite/store/sqlite_store.hpp"
#include "worker/replaying_transport.hpp"

namespace keitaro_outbox::worker {

/// Being the one worker of a database: the lock, and what its file remembers from one worker to the next.
class Leadership {
 public:
  /// Throws ports::StoreError.
  explicit Leadership(const std::string& database) : lock_(database) {}

  sqlite::WriterLock& lock() { return lock_; }

  /// With the lock taken: compares the database with what is remembered of it. `store` outlives the office,
  /// or is told nothing more.
  void take(sqlite::SqliteStore& store);
  /// Without the lock: whether the database is an older copy than what another worker has recorded.
  /// `store` is in no transaction.
  bool lacks_what_was_recorded(sqlite::SqliteStore& store) const;
  /// In order: nothing is held against any row.
  void leave() noexcept;

  /// The database that is open now is the one to remember.
  void remember(const sqlite::Identity& identity) { recovery_journal_->adopt(identity); }
  void finished(core::OutboxId row, bool delivered) noexcept { recovery_journal_->finished(row, delivered); }

  /// Whether the lock still excludes other workers, by the identity of its file: two calls of stat(). For
  /// before each burst of sending: this process may have been frozen while another worker took over.
  /// From any thread while the lock is held.
  bool is_current() const { return lock_.is_current_file(); }

  /// Makes a lock file anew that was deleted, perhaps with the database. False when another worker was
  /// quicker.
  bool keep();

  /// Of the delivery thread, and of so many senders.
  std::vector<ports::InProgressSlot> marks(int senders) const;

  ports::AckJournal& receipts() { return *recovery_journal_; }
  /// What the last worker was answered and had not recorded, of rows that are still pending in `store`; the
  /// others are forgotten.
  ReplayingTransport::Left unrecorded_acks(sqlite::SqliteStore& store);

  void forget_receipts();

  /// Rows that ended several workers, each with the reason to tell of it.
  std::vector<std::pair<core::OutboxId, std::string>> quarantined_rows() const;

 private:
  sqlite::WriterLock lock_;
  std::unique_ptr<sqlite::RecoveryJournal> recovery_journal_;  ///< From the moment the lock was taken.
};

}  // namespace keitaro_outbox::worker
