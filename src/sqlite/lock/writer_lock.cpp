#include "sqlite/lock/writer_lock.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <thread>

#include "ports/outbox_store.hpp"
#include "sqlite/lock/file_identity.hpp"

namespace keitaro_outbox::sqlite {
namespace {

using namespace std::chrono_literals;
using ports::StoreError;
using Clock = std::chrono::steady_clock;

constexpr auto kAfterHint = 20ms;  // How long to step after a hint …
constexpr auto kStep = 200us;      // … and how finely.
constexpr mode_t kMayWrite = 0222;
constexpr const char* kSuffix = "-outbox-lock";

[[noreturn]] void fail(StoreError::Kind kind, const std::string& what, int error) {
  throw StoreError(kind, what + ": " + std::generic_category().message(error));
}

StoreError::Kind kind_of(int error) {
  if (error == ENOSPC || error == EDQUOT) return StoreError::Kind::full;
  if (error == EACCES || error == EPERM || error == EROFS) return StoreError::Kind::read_only;
  return StoreError::Kind::io;
}

struct stat stat_of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) fail(StoreError::Kind::other, path + " cannot be looked at", errno);
  return status;
}

}  // namespace

std::string WriterLock::path_for(const std::string& database) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(database.c_str(), nullptr), &std::free);
  if (!real) {
    fail(StoreError::Kind::schema,
         database + " cannot be found; run `keitaro-outbox init --db " + database + "`, or check the path",
         errno);
  }
  return std::string(real.get()) + kSuffix;
}

WriterLock::WriterLock(const std::string& database) : database_(database), path_(path_for(database)) {
  open_file();
}

WriterLock::~WriterLock() {
  // Explicitly, not just by closing: a forked child may have the descriptor too.
  if (held_) flock(file_.get(), LOCK_UN);
}

void WriterLock::open_file() {
  constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
  file_.reset(open(path_.c_str(), kFlags | O_CREAT | O_EXCL, 0600));
  if (file_) {
    // Whoever may write to the database, another user even, may take its lock. Who may only read it may not:
    // a lock can be taken through a file that is open for reading, and would keep every worker waiting.
    const struct stat database = stat_of(database_);
    const mode_t writers = database.st_mode & kMayWrite;
    const bool ours = geteuid() != 0 || fchown(file_.get(), database.st_uid, database.st_gid) == 0;
    if (!ours || fchmod(file_.get(), writers | writers << 1U) != 0) {
      fail(kind_of(errno), "the lock file " + path_ + " cannot be given the permissions of the database",
           errno);
    }
  } else if (errno == EEXIST) {
    file_.reset(open(path_.c_str(), kFlags));
  }
  if (!file_) {
    const int error = errno;
    fail(kind_of(error),
         "the lock file " + path_ + " cannot be opened; check its permissions and its folder's", error);
  }
  // IN_CLOSE comes when the last descriptor of a holder is closed, by its death as well.
  watch_.reset(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (watch_ && inotify_add_watch(watch_.get(), path_.c_str(), IN_CLOSE | IN_DELETE_SELF | IN_ATTRIB) < 0)
    watch_.reset();
}

bool WriterLock::is_current_file() const {
  const auto opened = FileStamp::of(file_.get());
  const auto named = FileStamp::of(path_);
  return opened && named && opened->same_file(*named);
}

bool WriterLock::try_acquire() {
  if (held_) return true;
  // A lock on a file that was deleted meanwhile excludes nobody.
  if (!is_current_file()) open_file();
  if (flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK || errno == EINTR) return false;
    const int error = errno;
    fail(kind_of(error), "the lock file " + path_ + " cannot be locked", error);
  }
  if (!is_current_file()) {
    flock(file_.get(), LOCK_UN);
    return false;
  }
  held_ = true;
  return true;
}

bool WriterLock::lost() const {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(database_.c_str(), nullptr), &std::free);
  const bool elsewhere = real && std::string(real.get()) + kSuffix != path_;
  return !held_ || elsewhere || !is_current_file();
}

bool WriterLock::take_again() {
  if (held_) flock(file_.get(), LOCK_UN);
  held_ = false;
  path_ = path_for(database_);
  return try_acquire();
}

void WriterLock::drain_wake() {
  alignas(inotify_event) std::array<char, 4096> events;
  while (watch_ && read(watch_.get(), events.data(), events.size()) > 0) {
  }
}

bool WriterLock::acquire_within(core::Millis limit, int stop_fd, core::Millis slow_poll) {
  const auto deadline = Clock::now() + limit;
  auto step_until = Clock::time_point{};
  while (!try_acquire()) {
    const auto now = Clock::now();
    if (now >= deadline) return false;
    if (now < step_until) {
      std::this_thread::sleep_for(kStep);
      continue;
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now);
    std::array<pollfd, 2> waits{{{wake_fd(), POLLIN, 0}, {stop_fd, POLLIN, 0}}};
    const int ready =
        poll(waits.data(), waits.size(), static_cast<int>(std::min<core::Millis>(left, slow_poll).count()));
    if (ready > 0 && waits[1].revents != 0) return false;
    if (ready > 0 && waits[0].revents != 0) {
      drain_wake();
      step_until = Clock::now() + kAfterHint;
    }
  }
  return true;
}

}  // namespace keitaro_outbox::sqlite
