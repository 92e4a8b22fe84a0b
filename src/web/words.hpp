#pragma once

#include <cstdint>
#include <string>

namespace keitaro_outbox::web {

/// `1 row`, `1,234 rows`.
std::string rows_words(std::int64_t rows);

/// `12`, `9.5`, `under 0.1`: no more digits than can be read.
std::string rate_words(double per_second);

/// `5`, `0.25`: all digits, as it was asked for.
std::string exact_words(double number);

}  // namespace keitaro_outbox::web
