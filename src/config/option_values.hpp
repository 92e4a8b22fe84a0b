#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "core/text/time.hpp"

namespace keitaro_outbox::config {

/// A value that cannot be used. what() says what to write instead; it does not repeat the value, which might
/// be a secret in the wrong place. The caller adds the flag's or the key's name.
class ValueError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct DurationRange {
  core::Millis least;
  core::Millis most;
};
struct CountRange {
  std::int64_t least;
  std::int64_t most;
};

// What the settings may be, in the file and as flags.
inline constexpr DurationRange kRequestTimeout{core::Millis{1}, std::chrono::hours{1}};
inline constexpr DurationRange kRetryFirstDelay{core::Millis{1}, std::chrono::hours{24 * 7}};
inline constexpr DurationRange kRetryMaxDelay{core::Millis{1}, std::chrono::hours{24 * 30}};
inline constexpr DurationRange kGrace{core::Millis{0}, std::chrono::hours{1}};
inline constexpr DurationRange kHeartbeatInterval{std::chrono::seconds{1}, std::chrono::hours{24}};
inline constexpr DurationRange kVerifyAfter{std::chrono::seconds{1}, std::chrono::hours{24}};
inline constexpr DurationRange kVerifyAgain{std::chrono::seconds{1}, std::chrono::hours{24 * 30}};
inline constexpr DurationRange kKeep{std::chrono::seconds{1}, std::chrono::hours{24 * 3650}};
inline constexpr DurationRange kAnyDuration{core::Millis{0}, std::chrono::hours{24 * 3650}};
inline constexpr CountRange kMaxAttempts{1, 1000};
inline constexpr CountRange kConcurrency{1, 10'000};
inline constexpr CountRange kSenders{1, 64};
inline constexpr double kHighestRate = 1'000'000;
inline constexpr double kLowestAdminRate = 0.1;
inline constexpr double kHighestAdminRate = 10;

/// Reads `250ms`, `10s`, `5m`, `2h`, `7d` within the range.
core::Millis duration_value(std::string_view text, const DurationRange& range);

/// Reads a whole number within the range.
std::int64_t count_value(std::string_view text, const CountRange& range);
std::int64_t checked_count(std::int64_t value, const CountRange& range);

/// Requests a second: 0 (no limit) or more, a fraction allowed.
double rate_value(std::string_view text);
double checked_rate(double value);

/// `debug`, `info`, `warn`, `error`.
LogLevel log_level_value(std::string_view text);
/// `text`, `json`.
LogFormat log_format_value(std::string_view text);

/// `on`, `read-only`, `off`.
PageMode page_mode_value(std::string_view text);

/// `poll`, `notify`.
Wake wake_value(std::string_view text);

/// Whether only this host can reach it. A name other than localhost may be anything.
bool is_loopback(const http::ListenAddress& address);

/// `127.0.0.1:9464`, `localhost:9464`, `[::1]:9464`.
http::ListenAddress listen_value(std::string_view text);

}  // namespace keitaro_outbox::config
