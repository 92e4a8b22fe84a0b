#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "core/readback/sent_conversion.hpp"
#include "core/text/time.hpp"

namespace keitaro_outbox::core {

/// When the conversions of a tracker are asked after, and what their amounts are compared by.
struct ReadBackPolicy {
  Millis verify_after = std::chrono::seconds{90};
  /// Ages at which what was not found as it was sent is asked after again; ascending, above `verify_after`.
  /// May be empty: then once more after `verify_after`.
  std::vector<Millis> verify_again = {std::chrono::minutes{5}, std::chrono::hours{1}, std::chrono::hours{24}};
  std::string currency;  ///< The tracker's own, in lower case; empty where nobody said.
  friend bool operator==(const ReadBackPolicy&, const ReadBackPolicy&) = default;
};

/// The most click ids in one request.
inline constexpr std::size_t kMostInBatch = 200;

/// A conversion that cannot be asked after for so long is given up (`unknowable`), and may be deleted.
inline constexpr Millis kGiveUpAfter = std::chrono::hours{48};

/// How far back a range reaches at most, and how far beyond what is meant: the tracker's stamps carry no
/// zone.
inline constexpr Millis kLongestReach = std::chrono::hours{24 * 400};
inline constexpr Millis kRangeMargin = std::chrono::hours{48};

/// Whether this is the look after which a conversion is `absent` or `differs`: its last time has come, and an
/// earlier look, at least as far back as the first two of the schedule are apart, found the same.
bool is_last_look(const SentConversion& conversion, const ReadBackPolicy& policy, WallTime now,
                  const std::string& found);

/// When a conversion is asked after again that `now` was not found as it was sent.
WallTime next_look(const SentConversion& conversion, const ReadBackPolicy& policy, WallTime now);

/// For how long the first of a batch waits for others to fill it: conversions that come one by one would
/// otherwise take a request each.
Millis hold_for(const ReadBackPolicy& policy);

/// The range in which the tracker's records hold the conversion: they go by the date of its first postback,
/// and their time zone is not known.
struct TimeRange {
  WallTime from;
  WallTime to;
};

/// A request's conversions, as places in `due`, and the range to ask for.
struct Batch {
  std::vector<std::size_t> places;
  TimeRange range;
};

/// Chooses what to ask for next among conversions that are due, oldest `check_at` first: those with money
/// first, all of like age, with at most `limit` click ids. Gives nothing only for nothing.
Batch choose_batch(std::span<const SentConversion> due, std::size_t limit, const ReadBackPolicy& policy,
                   WallTime now);

}  // namespace keitaro_outbox::core
