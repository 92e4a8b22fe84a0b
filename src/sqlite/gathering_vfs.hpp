#pragma once

#include <string>

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
std::string gathering_vfs();

}  // namespace keitaro_outbox::sqlite
