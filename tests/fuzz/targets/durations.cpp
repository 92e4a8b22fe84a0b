#include <string>

#include "config/option_values.hpp"
#include "core/text/time.hpp"
#include "target.hpp"

namespace config = keitaro_outbox::config;
namespace core = keitaro_outbox::core;

namespace {

/// The value, or nothing where it was turned away, in words that do not repeat it: it might be a secret.
template <typename Read>
auto value_or_none(Read read) -> std::optional<decltype(read())> {
  try {
    return read();
  } catch (const config::ValueError& error) {
    const std::string_view said = error.what();
    MUST_HOLD(said.starts_with("write ") && said.size() < 80);
    MUST_HOLD(keitaro_outbox::fuzz::is_harmless_line(said));
    MUST_HOLD(said.find("s3cr3t") == std::string_view::npos);
    return std::nullopt;
  }
}

}  // namespace

FUZZ_TARGET(durations, bytes) {
  const auto duration = core::parse_duration(bytes);
  if (duration) {
    MUST_HOLD(*duration >= core::Millis{0} && *duration <= std::chrono::years{10});
    const std::string text = core::format_duration(*duration);
    MUST_HOLD(core::parse_duration(text) == duration);
    MUST_HOLD(text.size() <= bytes.size() || bytes == "0");
  }
  const auto timeout = value_or_none([&] { return config::duration_value(bytes, config::kRequestTimeout); });
  MUST_HOLD(!timeout || (timeout == duration && *timeout >= config::kRequestTimeout.least &&
                         *timeout <= config::kRequestTimeout.most));
  MUST_HOLD(timeout || !duration || *duration < config::kRequestTimeout.least ||
            *duration > config::kRequestTimeout.most);

  const auto count = value_or_none([&] { return config::count_value(bytes, config::kConcurrency); });
  MUST_HOLD(!count || (*count >= config::kConcurrency.least && *count <= config::kConcurrency.most));
  const auto rate = value_or_none([&] { return config::rate_value(bytes); });
  MUST_HOLD(!rate || (*rate >= 0 && *rate <= config::kHighestRate));
}
