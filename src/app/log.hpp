#pragma once

#include <atomic>
#include <initializer_list>
#include <memory>
#include <ostream>
#include <span>
#include <string_view>

#include "app/log_line.hpp"
#include "app/settings.hpp"

namespace spdlog {
class logger;
}

namespace keitaro_outbox::app {

/// Writes log lines, from any thread. A line that cannot be written is lost without harm.
class Log {
 public:
  static Log to_stderr(LogLevel least, LogFormat format);
  /// For tests. `out` must outlive the log.
  static Log to_stream(std::ostream& out, LogLevel least, LogFormat format);

  bool enabled(LogLevel level) const { return level >= least_.load(std::memory_order_relaxed); }
  void set_least(LogLevel least) { least_.store(least, std::memory_order_relaxed); }
  void write(LogLevel level, std::string_view event, std::span<const LogField> fields);
  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {}) {
    write(level, event, std::span<const LogField>(fields.begin(), fields.size()));
  }

 private:
  Log(std::shared_ptr<spdlog::logger> logger, LogLevel least, LogFormat format);

  std::shared_ptr<spdlog::logger> logger_;
  std::atomic<LogLevel> least_;
  LogFormat format_;
};

}  // namespace keitaro_outbox::app
