#include "core/flow/retry_after.hpp"

#include <algorithm>

#include "core/text/ascii.hpp"
#include "target.hpp"

namespace core = keitaro_outbox::core;

FUZZ_TARGET(retry_after, bytes) {
  // Years in which a two-digit year is read in different ways, and a time within a second.
  for (const std::int64_t now :
       {784'111'747'000LL, 951'782'400'250LL, 1'769'850'307'042LL, 4'102'444'799'999LL}) {
    const auto delay = core::parse_retry_after(bytes, core::wall_time(now));
    if (!delay) continue;
    MUST_HOLD(*delay >= core::Millis{0} && *delay <= core::kLongestRetryAfter);

    const std::string_view text = core::ascii::trim(bytes);
    MUST_HOLD(core::parse_retry_after(text, core::wall_time(now)) == delay);
    const bool seconds = std::ranges::all_of(text, core::ascii::is_digit);
    MUST_HOLD(seconds == core::ascii::is_digit(text.front()));
    // Of a date, the delay is less the later it is, until two digits mean the year a century on.
    const auto later = core::parse_retry_after(bytes, core::wall_time(now + 1'000));
    const bool two_digits = text.find('-') != std::string_view::npos;
    const bool century_on = two_digits && *delay == core::Millis{0} && later == core::kLongestRetryAfter;
    MUST_HOLD(later && (*later <= *delay || century_on));
    MUST_HOLD(!seconds || later == delay);
  }
}
