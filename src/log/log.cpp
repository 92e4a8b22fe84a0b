#include "log/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <chrono>

#include "ports/clock.hpp"

namespace keitaro_outbox::log {
namespace {

/// The lines are made by log_line.hpp, so that what a value may hold is decided in one place; spdlog writes
/// them.
std::shared_ptr<spdlog::logger> logger_on(spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("keitaro-outbox", std::move(sink));
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::trace);
  // A full disk or a closed pipe behind stderr must not stop delivery, nor fill it with complaints about
  // logging.
  logger->set_error_handler([](const std::string&) {});
  return logger;
}

}  // namespace

Log::Log(std::shared_ptr<spdlog::logger> logger, config::LogLevel least, config::LogFormat format)
    : logger_(std::move(logger)), least_(least), format_(format) {}

Log Log::to_stderr(config::LogLevel least, config::LogFormat format) {
  return {logger_on(std::make_shared<spdlog::sinks::stderr_sink_mt>()), least, format};
}

Log Log::to_stream(std::ostream& out, config::LogLevel least, config::LogFormat format) {
  constexpr bool kFlush = true;
  return {logger_on(std::make_shared<spdlog::sinks::ostream_sink_mt>(out, kFlush)), least, format};
}

void Log::write(config::LogLevel level, std::string_view event, std::span<const LogField> fields) {
  if (!enabled(level)) return;
  const bool json = format_ == config::LogFormat::json;
  logger_->log(spdlog::level::info, json ? json_line(ports::wall_now(), level, event, fields)
                                         : text_line(ports::wall_now(), level, event, fields));
}

}  // namespace keitaro_outbox::log
