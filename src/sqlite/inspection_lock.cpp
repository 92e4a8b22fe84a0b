#include "sqlite/inspection_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "ports/store.hpp"
#include "sqlite/file_descriptor.hpp"
#include "sqlite/writer_lock.hpp"

namespace keitaro_outbox::sqlite {

std::optional<bool> worker_is_there(const std::string& database) {
  std::string path;
  try {
    path = WriterLock::path_for(database);
  } catch (const ports::StoreError&) {
    return std::nullopt;
  }
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file) return errno == ENOENT ? std::optional(false) : std::nullopt;
  // A shared lock is refused while a worker has its exclusive one, and goes when the descriptor is closed.
  if (::flock(file.get(), LOCK_SH | LOCK_NB) == 0) return false;
  return errno == EWOULDBLOCK ? std::optional(true) : std::nullopt;
}

}  // namespace keitaro_outbox::sqlite
