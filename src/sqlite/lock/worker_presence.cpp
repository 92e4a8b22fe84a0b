#include "sqlite/lock/worker_presence.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "ports/outbox_store.hpp"
#include "process/file_descriptor.hpp"
#include "sqlite/lock/recovery_journal.hpp"
#include "sqlite/lock/writer_lock.hpp"

namespace keitaro_outbox::sqlite {

namespace {

/// The lock file, or none, with the reason in errno.
process::FileDescriptor open_lock_file(const std::string& database) {
  try {
    const std::string path = WriterLock::path_for(database);
    return process::FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  } catch (const ports::StoreError&) {
    errno = EACCES;
    return {};
  }
}

}  // namespace

std::optional<Identity> remembered_identity(const std::string& database) {
  const process::FileDescriptor file = open_lock_file(database);
  return file ? RecoveryJournal::read(file.get()) : std::nullopt;
}

std::optional<bool> worker_is_running(const std::string& database) {
  const process::FileDescriptor file = open_lock_file(database);
  if (!file) return errno == ENOENT ? std::optional(false) : std::nullopt;
  // A shared lock is refused while a worker has its exclusive one, and goes when the descriptor is closed.
  if (::flock(file.get(), LOCK_SH | LOCK_NB) == 0) return false;
  return errno == EWOULDBLOCK ? std::optional(true) : std::nullopt;
}

}  // namespace keitaro_outbox::sqlite
