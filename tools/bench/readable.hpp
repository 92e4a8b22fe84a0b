#pragma once

#include <cstdint>
#include <string>

namespace keitaro_outbox::bench {

/// `1,234,567`.
std::string readable_count(std::uint64_t count);

/// About three digits that count: `31,240`, `12.3`, `0.034`; `n/a` for what is not a number.
std::string readable_number(double value);

}  // namespace keitaro_outbox::bench
