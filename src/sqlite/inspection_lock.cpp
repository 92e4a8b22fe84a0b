#include "sqlite/inspection_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "ports/store.hpp"
#include "sqlite/file_descriptor.hpp"
#include "sqlite/witness.hpp"
#include "sqlite/writer_lock.hpp"

namespace keitaro_outbox::sqlite {

namespace {

/// The lock file, or none, with the reason in errno.
FileDescriptor open_lock_file(const std::string& database) {
  try {
    const std::string path = WriterLock::path_for(database);
    return FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  } catch (const ports::StoreError&) {
    errno = EACCES;
    return {};
  }
}

}  // namespace

std::optional<Identity> remembered_of(const std::string& database) {
  const FileDescriptor file = open_lock_file(database);
  return file ? Witness::read(file.get()) : std::nullopt;
}

std::optional<bool> worker_is_there(const std::string& database) {
  const FileDescriptor file = open_lock_file(database);
  if (!file) return errno == ENOENT ? std::optional(false) : std::nullopt;
  // A shared lock is refused while a worker has its exclusive one, and goes when the descriptor is closed.
  if (::flock(file.get(), LOCK_SH | LOCK_NB) == 0) return false;
  return errno == EWOULDBLOCK ? std::optional(true) : std::nullopt;
}

}  // namespace keitaro_outbox::sqlite
