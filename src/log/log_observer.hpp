#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "log/log.hpp"
#include "log/repeat_limit.hpp"
#include "ports/observer.hpp"

namespace keitaro_outbox::log {

/// Writes what becomes of rows to the log. Of each kind of line above `debug` at most 10 a second are
/// written; the next one then tells how many were left out (`suppressed=N`). Trouble with the store is told
/// when it starts and when it ends.
class LogObserver : public ports::Observer {
 public:
  using Now = std::function<core::SteadyTime()>;
  /// `log` must outlive the observer. `now` is for tests.
  explicit LogObserver(Log& log, Now now = std::chrono::steady_clock::now);
  /// Tells of lines left out that no later line has told of.
  ~LogObserver() override;
  LogObserver(const LogObserver&) = delete;
  LogObserver& operator=(const LogObserver&) = delete;

  void on_delivered(const ports::RowEvent& row) override;
  void on_retry(const ports::RowEvent& row, core::WallTime at) override;
  void on_dead(const ports::RowEvent& row) override;
  void on_refused(const ports::RowEvent& row) override;
  void on_duplicate(const ports::RowEvent& row) override;
  void on_cancelled(const ports::RowEvent& row) override;
  void on_overtaken(const ports::RowEvent& row) override;
  void on_flow(std::string_view tracker, std::string_view words) override;
  void on_breaker(std::string_view tracker, core::CircuitBreaker::Phase phase, std::string_view why) override;
  void on_unknown_tracker(std::string_view tracker) override;
  void on_paused(std::string_view tracker) override;
  void on_resumed(std::string_view tracker) override;
  void on_store_trouble(std::string_view what, core::Millis next_try_in) override;
  void on_store_recovered() override;
  void on_own_trouble(std::string_view what, core::Millis next_try_in) override;
  void on_store_replaced(std::string_view what) override;
  void on_resumed_restored(std::int64_t groups) override;
  void on_answers_recovered(std::size_t rows) override;
  void on_standing_by() override;
  void on_long_wait(ports::LongWait why) override;
  void on_taking_over() override;
  void on_abandoned(int in_flight, std::size_t unrecorded) override;
  void on_pruned(const ports::PruneEvent& event) override;
  void on_prune_failed(std::string_view what) override;

 private:
  void write_row(config::LogLevel level, std::string_view event, const ports::RowEvent& row,
                 std::vector<LogField> more = {});
  void write(config::LogLevel level, std::string_view event, std::vector<LogField> fields);

  Log& log_;
  Now now_;
  RepeatLimit limit_;
  std::set<std::string, std::less<>> troubles_told_;  ///< Since the trouble with the store began.
  core::SteadyTime trouble_since_{};
  std::optional<core::SteadyTime> own_trouble_told_at_;
};

}  // namespace keitaro_outbox::log
