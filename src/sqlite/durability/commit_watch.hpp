#pragma once

#include <string>
#include <utility>

#include "ports/commit_signal.hpp"
#include "process/file_descriptor.hpp"

namespace keitaro_outbox::sqlite {

/// A hint that somebody writes to a database: inotify on its write-ahead log. Only a hint. It comes for our
/// own commits too, and shortly before a commit can be seen; ask Store::foreign_commits() in short steps
/// after it. A slow poll remains the guarantee.
class CommitWatch final : public ports::CommitSignal {
 public:
  /// Never fails: without inotify (the host's limit is reached, say) there is just no hint, and works() is
  /// false. `database` is resolved through symbolic links, as SQLite does.
  explicit CommitWatch(const std::string& database);

  /// To poll for reading; -1 when there is no hint to be had.
  int fd() const override { return inotify_.get(); }
  bool works() const { return static_cast<bool>(inotify_); }

  /// Takes all that is there to read; follows the log when it was deleted and made anew. True when it may
  /// have been written to.
  bool read_events();

  void drain() override { read_events(); }

  /// Whether a file was put where the database is.
  bool replacement_hinted() const override { return file_put_; }
  bool take_replacement_hint() override { return std::exchange(file_put_, false); }

 private:
  bool watch_log();

  std::string log_path_;
  std::string log_name_;
  std::string file_name_;
  bool file_put_ = false;
  process::FileDescriptor inotify_;
  int folder_ = -1;
  int log_ = -1;
};

}  // namespace keitaro_outbox::sqlite
