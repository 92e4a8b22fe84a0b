#include "postgresql/base/parameters.hpp"

#include <algorithm>

#include "core/text/utf8.hpp"

namespace keitaro_outbox::postgresql {
namespace {

/// The last millisecond of the year 9999.
constexpr std::int64_t kLastMillis = 253'402'300'799'999;

}  // namespace

std::string storable(std::string_view text) {
  std::string stored;
  stored.reserve(text.size());
  while (!text.empty()) {
    const core::Utf8Piece piece = core::first_utf8_piece(text);
    if (piece.well_formed && piece.code != 0) {
      stored += text.substr(0, piece.size);
    } else {
      stored += "\uFFFD";
    }
    text.remove_prefix(piece.size);
  }
  return stored;
}

std::int64_t storable_millis(core::WallTime time) {
  return std::clamp<std::int64_t>(core::unix_millis(time), 0, kLastMillis);
}

ArrayParameter& ArrayParameter::add(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : storable(text)) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return add_raw(quoted + "\"");
}

ArrayParameter& ArrayParameter::add_raw(std::string_view element) {
  text_ += text_.empty() ? "{" : ",";
  text_ += element;
  return *this;
}

Parameters& Parameters::add(std::string_view text) {
  values_.emplace_back(storable(text));
  return *this;
}

}  // namespace keitaro_outbox::postgresql
