#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ports/tracker_records.hpp"
#include "readback/columns.hpp"

namespace keitaro_outbox::readback {

/// Deeper JSON is not read. What is expected nests 3 deep.
inline constexpr int kDeepestJson = 16;

/// A conversion with what tells it from others.
struct ConversionRow {
  std::string id;  ///< Empty where the tracker does not give it.
  ports::RecordedConversion conversion;
};

struct ConversionsPage {
  std::string problem;  ///< What is wrong with the answer, in a few words; the rest then holds nothing.
  std::vector<ConversionRow> rows;
  std::optional<std::int64_t> total;  ///< As the tracker counts; absent, or no number: nullopt.
};

struct LogPageLine {
  std::string at;
  std::string job;      ///< The same for all lines of one postback.
  std::string message;  ///< As it came, with the key.
};

struct LogPage {
  std::string problem;
  std::vector<LogPageLine> lines;
};

/// Reads `{"rows":[{…}],"total":N,…}`. Values may be texts or numbers; others are as if absent. A row without
/// a sub_id is a problem: nothing could be concluded from the rest.
ConversionsPage read_conversions_page(std::string_view body, const Columns& columns);

/// Reads `[{"datetime","jid","message"},…]`. A line without a message is a problem.
LogPage read_log_page(std::string_view body);

/// Whether a body begins as HTML or XML does.
bool looks_like_html(std::string_view body);

/// A decimal number, as JSON or a text writes it, in plain digits of the same value: `1e2` is `100`.
/// Something else, or more than 40 digits: nullopt.
std::optional<std::string> plain_decimal(std::string_view text);

}  // namespace keitaro_outbox::readback
