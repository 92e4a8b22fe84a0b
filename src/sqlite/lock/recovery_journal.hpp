#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/rules/row.hpp"
#include "ports/ack_journal.hpp"
#include "ports/in_progress_slot.hpp"
#include "process/file_descriptor.hpp"
#include "sqlite/lock/database_identity.hpp"

namespace keitaro_outbox::sqlite {

/// What is remembered of a database outside of it, in the worker's lock file: how far it had come, which rows
/// were being handled when the worker last ended, and which had been answered. By the first an older copy of
/// the database is recognised, by the second a row that crashes whoever handles it; and what was answered is
/// not sent again.
///
/// A file that is empty, short or of another format remembers nothing, which is no error. It is synced
/// when a worker starts, and not again: after a power cut it may lag behind the database, which says nothing.
///
/// It outlives the process however that ends, in one of two ways. Where faults are repaired
/// (repair_faults()), the memory is the file's own, mapped. Elsewhere, in a host that embeds the worker, each
/// change is written to the file with pwrite(2): when somebody cuts a mapped file short, a touch of it ends
/// the process with SIGBUS, while pwrite(2) makes the file longer again. Where neither is safe (no space, or
/// a file system that may refuse a write to a block it has given) the memory is the process's, and gone with
/// it.
///
/// Made for the one worker that holds the lock. Used by its delivery thread, marks and receipts apart.
class RecoveryJournal final : public ports::AckJournal {
 public:
  static constexpr std::size_t kThreads = 65;  ///< The delivery thread, and up to 64 that send.
  static constexpr int kCrashesToQuarantine = 3;

  /// A row that was being handled when a worker ended without a word.
  struct CrashCount {
    core::OutboxId row;
    int ends = 0;  ///< So many times.
    bool sending = false;
  };

  /// What the file remembers, for onlookers; changes nothing.
  static std::optional<Identity> read(int fd);

  /// Whether this process calls absorb_fault() at each SIGBUS; false at first. For those made from now on.
  static void repair_faults(bool they_are) noexcept;

  /// Repairs a fault in reading or writing a mapped file that was cut short meanwhile: its memory becomes the
  /// process's. For a handler of SIGBUS; false when the address is none of ours.
  static bool absorb_fault(void* address) noexcept;

  /// `fd`: the lock file, open for reading and writing. It may be closed after the call.
  explicit RecoveryJournal(int fd);
  ~RecoveryJournal() override;
  RecoveryJournal(const RecoveryJournal&) = delete;
  RecoveryJournal& operator=(const RecoveryJournal&) = delete;

  /// Whether it outlives the process.
  bool lasts() const noexcept;
  /// Whether it does not because the disk is full.
  bool lacks_space() const noexcept { return lacks_space_; }

  /// Writes what is known to another lock file, and goes on in it; marks stay good. What is known of another
  /// database by that file is left, and known from then on. Also the way to try again where it does not last.
  void move_to(int fd);

  std::optional<Identity> identity() const;
  /// Whether there is one; not so after a file was cut short.
  bool knows_a_database() const noexcept;
  /// A database that is new to the file, or a count that goes back: all is set at once. Forgets the receipts,
  /// and the crash_counts where it is another database.
  void adopt(const Identity& identity);
  /// After a commit.
  void recorded(std::int64_t groups) noexcept;

  /// To be called when the lock was taken: what the last worker was handling when it ended, if it did not end
  /// in order, is counted, and this one's life begins.
  void mark_started();
  /// Whether the machine went down while the last worker ran: some of what it was answered last is neither
  /// recorded nor among the receipts. Known from mark_started() on; false where it cannot be told.
  bool power_was_cut() const noexcept { return power_was_cut_; }
  /// This worker ends in order: nothing is held against any row.
  void mark_stopped() noexcept;

  /// Rows in which so many workers ended that they are to be set aside. None any more when several were set
  /// aside one after another and nothing was delivered between: then it is not the rows.
  std::vector<CrashCount> quarantined() const;
  /// The row is done with, or the tracker has taken it in.
  void finished(core::OutboxId row, bool delivered) noexcept;

  std::optional<ports::AckId> keep(const ports::Ack& receipt) noexcept override;
  void forget(ports::AckId number) noexcept override;
  /// Those that an earlier worker has left. Before anything is kept.
  std::vector<std::pair<ports::AckId, ports::Ack>> unrecorded_acks();

  /// For one thread each: 0 is the delivery thread.
  ports::InProgressSlot mark(std::size_t thread);

 private:
  struct Layout;

  bool map(int fd);
  bool allocate(int fd);
  bool write_to(int fd);
  void write_ack(ports::AckId number) noexcept;
  void write_part(const void* part, std::size_t size) noexcept;
  void write_head() noexcept;
  void write_all() noexcept;
  void sync() noexcept;
  bool is_of_another_database(int fd) const;
  void count(core::OutboxId row, bool sending);
  void forget_crash_counts() noexcept;
  bool any_crash_count() const noexcept;

  Layout* layout_;
  process::FileDescriptor
      file_;           ///< The lock file, where the memory is not its own. Its number stays for good.
  const bool mapped_;  ///< Or written.
  bool lacks_space_ = false;
  bool power_was_cut_ = false;
  std::atomic<bool> lasts_ = false;
  std::atomic<int> faults_before_ = 0;  ///< How many were absorbed when it was mapped.
  bool has_crash_counts_ = false;
};

}  // namespace keitaro_outbox::sqlite
