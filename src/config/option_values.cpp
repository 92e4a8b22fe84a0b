#include "config/option_values.hpp"

#include <charconv>
#include <cmath>

#include "core/text/ascii.hpp"
#include "core/url/ip_address.hpp"

namespace keitaro_outbox::config {

core::Millis duration_value(std::string_view text, const DurationRange& range) {
  const auto duration = core::parse_duration(text);
  if (!duration) throw ValueError("write a number and a unit, such as 250ms, 10s, 5m, 2h or 7d");
  if (*duration < range.least || *duration > range.most) {
    throw ValueError("write a time from " + core::format_duration(range.least) + " to " +
                     core::format_duration(range.most));
  }
  return *duration;
}

std::int64_t checked_count(std::int64_t value, const CountRange& range) {
  if (value < range.least || value > range.most) {
    throw ValueError("write a whole number from " + std::to_string(range.least) + " to " +
                     std::to_string(range.most));
  }
  return value;
}

std::int64_t count_value(std::string_view text, const CountRange& range) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  // Out of the range of the type is out of every range here.
  if (error != std::errc{} || stop != end) return checked_count(range.least - 1, range);
  return checked_count(value, range);
}

double checked_rate(double value) {
  if (!std::isfinite(value) || value < 0 || value > kHighestRate) {
    throw ValueError("write requests a second, from 0 (no limit) to 1000000");
  }
  return value;
}

double rate_value(std::string_view text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error != std::errc{} || stop != end) return checked_rate(-1);
  return checked_rate(value);
}

LogLevel log_level_value(std::string_view text) {
  if (text == "debug") return LogLevel::debug;
  if (text == "info") return LogLevel::info;
  if (text == "warn") return LogLevel::warn;
  if (text == "error") return LogLevel::error;
  throw ValueError("write debug, info, warn or error");
}

LogFormat log_format_value(std::string_view text) {
  if (text == "text") return LogFormat::text;
  if (text == "json") return LogFormat::json;
  throw ValueError("write text or json");
}

PageMode page_mode_value(std::string_view text) {
  if (text == "on") return PageMode::on;
  if (text == "read-only") return PageMode::read_only;
  if (text == "off") return PageMode::off;
  throw ValueError("write on, read-only or off");
}

Wake wake_value(std::string_view text) {
  if (text == "poll") return Wake::poll;
  if (text == "notify") return Wake::notify;
  throw ValueError("write poll or notify");
}

bool is_loopback(const http::ListenAddress& address) {
  if (core::ascii::equal_ignoring_case(address.host, "localhost")) return true;
  const auto ip = core::IpAddress::parse(address.host);
  if (!ip) return false;
  static const auto ip4 = core::IpNetwork::parse("127.0.0.0/8");
  static const auto ip6 = core::IpAddress::parse("::1");
  return ip4->contains(*ip) || *ip == *ip6;
}

http::ListenAddress listen_value(std::string_view text) {
  const auto address = http::ListenAddress::parse(text);
  if (!address) throw ValueError("write an address and a port, such as 127.0.0.1:9464 or [::1]:9464");
  return *address;
}

}  // namespace keitaro_outbox::config
