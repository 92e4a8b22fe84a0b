#pragma once

#include <atomic>
#include <initializer_list>
#include <memory>
#include <ostream>
#include <span>
#include <string_view>

#include "config/settings.hpp"
#include "log/log_line.hpp"

namespace spdlog {
class logger;
}

namespace keitaro_outbox::log {

/// Writes log lines, from any thread. A line that cannot be written is lost without harm.
class Log {
 public:
  static Log to_stderr(config::LogLevel least, config::LogFormat format);
  /// For tests. `out` must outlive the log.
  static Log to_stream(std::ostream& out, config::LogLevel least, config::LogFormat format);

  bool enabled(config::LogLevel level) const { return level >= least_.load(std::memory_order_relaxed); }
  void set_least(config::LogLevel least) { least_.store(least, std::memory_order_relaxed); }
  void write(config::LogLevel level, std::string_view event, std::span<const LogField> fields);
  void write(config::LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {}) {
    write(level, event, std::span<const LogField>(fields.begin(), fields.size()));
  }

 private:
  Log(std::shared_ptr<spdlog::logger> logger, config::LogLevel least, config::LogFormat format);

  std::shared_ptr<spdlog::logger> logger_;
  std::atomic<config::LogLevel> least_;
  config::LogFormat format_;
};

}  // namespace keitaro_outbox::log
