#include "log/log.hpp"

#include <unistd.h>

#include <array>
#include <memory>
#include <mutex>

#include "log/line_writer.hpp"
#include "ports/clock.hpp"

namespace keitaro_outbox::log {
namespace {

std::string line_of(config::LogFormat format, config::LogLevel level, std::string_view event,
                    std::span<const LogField> fields) {
  const core::WallTime now = ports::wall_now();
  return format == config::LogFormat::json ? json_line(now, level, event, fields)
                                           : text_line(now, level, event, fields);
}

}  // namespace

Log::Log(Sink sink, config::LogLevel least, config::LogFormat format)
    : sink_(std::move(sink)), least_(least), format_(format) {}

Log Log::to_stderr(config::LogLevel least, config::LogFormat format) {
  return to_descriptor(STDERR_FILENO, least, format);
}

Log Log::to_descriptor(int fd, config::LogLevel least, config::LogFormat format) {
  const auto dropped_line = [format](std::int64_t dropped) {
    const std::array fields{LogField{"count", dropped},
                            LogField{"reason", "the reader of this log did not keep up"}};
    return line_of(format, config::LogLevel::warn, "lines_dropped", fields);
  };
  const auto writer = std::make_shared<LineWriter>(fd, dropped_line);
  return {[writer](std::string line) { writer->write(std::move(line)); }, least, format};
}

Log Log::to_stream(std::ostream& out, config::LogLevel least, config::LogFormat format) {
  const auto mutex = std::make_shared<std::mutex>();
  return {[&out, mutex](const std::string& line) {
            const std::lock_guard lock(*mutex);
            out << line << std::endl;
          },
          least, format};
}

void Log::write(config::LogLevel level, std::string_view event, std::span<const LogField> fields) {
  if (enabled(level)) sink_(line_of(format_, level, event, fields));
}

}  // namespace keitaro_outbox::log
