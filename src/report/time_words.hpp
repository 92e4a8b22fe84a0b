#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/text/time.hpp"

namespace keitaro_outbox::report {

/// A length of time in one or two units, for people: `0s`, `42s`, `3m 12s`, `5h 2m`, `12d 3h`. Negative ones
/// count as none.
std::string span_words(core::Millis span);

/// The same in one unit, rounded down: `42s`, `3m`, `5h`, `12d`.
std::string short_span(core::Millis span);

/// The time that is left until then, rounded up, so that a minute from now is `1m`.
std::string until_words(core::WallTime then, core::WallTime now);

/// `1 row`, `2 rows`.
std::string count_words(std::int64_t count, std::string_view one, std::string_view many);

/// `1,234,567`.
std::string grouped(std::int64_t number);

/// `2026-01-31 09:05:07 UTC`.
std::string time_words(core::WallTime time);

}  // namespace keitaro_outbox::report
