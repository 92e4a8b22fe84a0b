#pragma once

#include <optional>
#include <string>

#include "core/text/time.hpp"

namespace keitaro_outbox::core {

/// How far a clock may be ahead of the newest time that a store knows of, and be believed: one that is not
/// would have everything deleted as old.
inline constexpr Millis kBelievedAhead = std::chrono::hours{24};

/// Whether `now` is too far ahead of `known` to delete anything by it.
inline bool is_doubtful(WallTime now, std::optional<WallTime> known) {
  return known && now - *known > kBelievedAhead;
}

/// Why nothing is deleted, in one sentence without an end.
std::string doubt_words(WallTime now, WallTime known);

}  // namespace keitaro_outbox::core
