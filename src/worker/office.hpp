#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/row.hpp"
#include "ports/handling_mark.hpp"
#include "ports/receipts.hpp"
#include "sqlite/store.hpp"
#include "sqlite/witness.hpp"
#include "sqlite/writer_lock.hpp"
#include "worker/redeeming_transport.hpp"

namespace keitaro_outbox::worker {

/// Being the one worker of a database: the lock, and what its file remembers from one worker to the next.
class Office {
 public:
  /// Throws ports::StoreError.
  explicit Office(const std::string& database) : lock_(database) {}

  sqlite::WriterLock& lock() { return lock_; }

  /// With the lock taken: compares the database with what is remembered of it. `store` outlives the office,
  /// or is told nothing more.
  void take(sqlite::Store& store);
  /// Without the lock: whether the database is an older copy than what another worker has recorded.
  /// `store` is in no transaction.
  bool lacks_what_was_recorded(sqlite::Store& store) const;
  /// In order: nothing is held against any row.
  void leave() noexcept;

  /// The database that is open now is the one to remember.
  void remember(const sqlite::Identity& identity) { witness_->adopt(identity); }
  void finished(core::OutboxId row, bool delivered) noexcept { witness_->finished(row, delivered); }

  /// Makes a lock file anew that was deleted, perhaps with the database. False when another worker was
  /// quicker.
  bool keep();

  /// Of the delivery thread, and of so many senders.
  std::vector<ports::HandlingMark> marks(int senders) const;

  ports::Receipts& receipts() { return *witness_; }
  /// What the last worker was answered and had not recorded, of rows that are still pending in `store`; the
  /// others are forgotten.
  RedeemingTransport::Left receipts_left(sqlite::Store& store);

  void forget_receipts();

  /// Rows that ended several workers, each with the reason to tell of it.
  std::vector<std::pair<core::OutboxId, std::string>> rows_to_set_aside() const;

 private:
  sqlite::WriterLock lock_;
  std::unique_ptr<sqlite::Witness> witness_;  ///< From the moment the lock was taken.
};

}  // namespace keitaro_outbox::worker
