#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "sqlite/statement.hpp"
#include "sqlite/survey.hpp"

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
  explicit PendingPass(sqlite3* db);
  void begin(std::vector<std::string> trackers, core::WallTime now);
  /// Whether it is at its end.
  bool advance(TimeLimit& limit);

  std::map<std::string, PendingDetails> found;

 private:
  enum class Stage : std::uint8_t { fresh, timed, behind };

  bool read(Statement& statement, const std::string& tracker, TimeLimit& limit);
  void forget_place();
  void take(const Statement::Run& run, PendingDetails& details) const;

  Statement fresh_;
  Statement timed_;
  Statement behind_;
  std::deque<std::string> trackers_;
  Stage stage_ = Stage::fresh;
  core::WallTime now_{};
  // The row that was read last.
  std::int64_t after_id_ = 0;
  std::int64_t after_due_at_ = 0;
  std::string after_subid_;
};

/// Reads the whole table once, in order of id.
class FinishedPass {
 public:
  explicit FinishedPass(sqlite3* db);
  void begin();
  bool advance(TimeLimit& limit);

  std::map<std::string, FinishedCounts> found;

 private:
  Statement rows_;
  std::int64_t after_ = 0;
};

}  // namespace keitaro_outbox::sqlite
