#include "sqlite/durability/commit_watch.hpp"

#include <sys/inotify.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace keitaro_outbox::sqlite {

CommitWatch::CommitWatch(const std::string& database) {
  std::error_code failed;
  const std::filesystem::path real = std::filesystem::canonical(database, failed);
  if (failed) return;
  log_path_ = real.string() + "-wal";
  file_name_ = real.filename().string();
  log_name_ = file_name_ + "-wal";

  inotify_.reset(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify_) return;
  // The folder tells of a new log only: its other files may be busy, and are no matter.
  folder_ =
      inotify_add_watch(inotify_.get(), real.parent_path().c_str(), IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
  if (folder_ < 0 || !watch_log()) inotify_.reset();
}

bool CommitWatch::watch_log() {
  log_ = inotify_add_watch(inotify_.get(), log_path_.c_str(), IN_MODIFY);
  return log_ >= 0 || errno == ENOENT;  // There is none before the first connection.
}

bool CommitWatch::read_events() {
  alignas(inotify_event) std::array<char, 4096> buffer;
  bool written = false;
  while (inotify_) {
    const ssize_t size = read(inotify_.get(), buffer.data(), buffer.size());
    if (size <= 0) break;
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* name = buffer.data() + at + sizeof event;
      at += sizeof event + event.len;

      const bool of_folder = event.wd == folder_ && event.len > 0 && log_name_ == name;
      file_put_ |= event.wd == folder_ && event.len > 0 && file_name_ == name;
      const bool lost_some = (event.mask & IN_Q_OVERFLOW) != 0;
      if (of_folder || lost_some) watch_log();
      if ((event.mask & IN_IGNORED) != 0 && event.wd == log_) log_ = -1;
      written |= of_folder || lost_some || (event.mask & IN_MODIFY) != 0;
    }
  }
  return written;
}

}  // namespace keitaro_outbox::sqlite
