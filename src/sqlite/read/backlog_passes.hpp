#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ports/backlog_reader.hpp"
#include "sqlite/base/database.hpp"
#include "sqlite/base/index_walk.hpp"

namespace keitaro_outbox::sqlite {

/// How long a pass may go on before it is asked to pause.
class TimeLimit {
 public:
  explicit TimeLimit(core::Millis time) : end_(std::chrono::steady_clock::now() + time) {}
  /// To be asked for each row: looks at the clock now and then.
  bool over() {
    constexpr unsigned kRowsBetweenLooks = 128;
    return ++rows_ % kRowsBetweenLooks == 0 && std::chrono::steady_clock::now() >= end_;
  }

 private:
  core::SteadyTime end_;
  unsigned rows_ = 0;
};

/// Reads every pending row once, tracker by tracker.
class PendingPass {
 public:
  explicit PendingPass(const SQLite::Database& db);
  void begin(std::vector<std::string> trackers, core::WallTime now);
  /// Whether it is at its end.
  bool advance(TimeLimit& limit);

  std::map<std::string, ports::PendingDetails> found;

 private:
  /// The row that was read last.
  struct Place {
    bool behind = false;  ///< Among the rows behind an earlier one of their click, which come second.
    std::int64_t due_at = 0;
    std::string subid = {};
    std::int64_t id = core::kBeforeAllRows.value;
  };

  bool read_ready(const std::string& tracker, TimeLimit& limit);
  bool read_behind(const std::string& tracker, TimeLimit& limit);
  void take(const Run& run, ports::PendingDetails& details) const;

  IndexWalk ready_;
  IndexWalk behind_;
  std::deque<std::string> trackers_;
  Place place_;
  core::WallTime now_{};
};

/// Reads the whole table once, in order of id.
class FinishedPass {
 public:
  explicit FinishedPass(const SQLite::Database& db);
  void begin();
  bool advance(TimeLimit& limit);

  std::map<std::string, ports::FinishedCounts> found;

 private:
  SQLite::Statement rows_;
  std::int64_t after_ = 0;
};

}  // namespace keitaro_outbox::sqlite
