#pragma once

#include <string>

struct sqlite3;

namespace keitaro_outbox::sqlite {

/// The name of a VFS that is SQLite's default one, but for how it writes the write-ahead log: SQLite hands
/// over each page of a commit in two pieces, and this gathers them into few large writes, handed on at the
/// sync that ends each commit. Nothing of a transaction is seen by others before that, so they cannot tell
/// the difference.
///
/// For connections with `synchronous = FULL` and `cache_spill = OFF` only. Without the sync a commit would
/// not reach the file; and pages that SQLite hands over before the commit would still be here when the
/// transaction is given up, to be written later over what others have committed meanwhile. Registers it where
/// that has not been done. Throws std::bad_alloc.
std::string write_coalescing_vfs();

/// Syncs the log of `db` as it is now; false when the disk refuses. Nothing to do where it has none.
bool sync_log(sqlite3* db) noexcept;

/// Moves the sync that ends a commit of `db`, which must be such a connection, to behind the commit: others
/// can write while the disk is waited for, which takes longer than all else that is done with the write lock
/// held. From the COMMIT to sync() others see what a power cut may still undo, as with
/// `synchronous = NORMAL`; the file is well at any time.
class DeferredSync {
 public:
  explicit DeferredSync(sqlite3* db);
  /// A sync that was not made is forgotten: that of a commit that failed.
  ~DeferredSync();
  DeferredSync(const DeferredSync&) = delete;
  DeferredSync& operator=(const DeferredSync&) = delete;

  /// To be called after the COMMIT. Throws StoreError when the disk cannot tell that it has everything.
  void sync();

 private:
  sqlite3* db_;
};

}  // namespace keitaro_outbox::sqlite
