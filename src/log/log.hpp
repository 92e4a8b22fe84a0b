#pragma once

#include <atomic>
#include <functional>
#include <initializer_list>
#include <ostream>
#include <span>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "log/log_line.hpp"

namespace keitaro_outbox::log {

/// Writes log lines, from any thread. A line that cannot be written is lost without harm.
class Log {
 public:
  /// A reader that stops reading stops nothing: see LineWriter. Lines dropped meanwhile are told of by
  /// `lines_dropped count=N` once it reads again.
  static Log to_stderr(config::LogLevel least, config::LogFormat format);
  /// The same on any descriptor, which must outlive the log.
  static Log to_descriptor(int fd, config::LogLevel least, config::LogFormat format);
  /// For tests. `out` must outlive the log.
  static Log to_stream(std::ostream& out, config::LogLevel least, config::LogFormat format);

  bool enabled(config::LogLevel level) const { return level >= least_.load(std::memory_order_relaxed); }
  void set_least(config::LogLevel least) { least_.store(least, std::memory_order_relaxed); }
  void write(config::LogLevel level, std::string_view event, std::span<const LogField> fields);
  void write(config::LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {}) {
    write(level, event, std::span<const LogField>(fields.begin(), fields.size()));
  }

 private:
  using Sink = std::function<void(std::string line)>;
  Log(Sink sink, config::LogLevel least, config::LogFormat format);

  Sink sink_;
  std::atomic<config::LogLevel> least_;
  config::LogFormat format_;
};

}  // namespace keitaro_outbox::log
