#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keitaro_outbox::report {

// Words for what a row says. What comes out of the database stands in them as it is: to be made printable.

/// `tid order-7, payout 12.5, currency usd`: what was said beside the status. Empty when nothing was.
std::string facts_words(const std::optional<std::string>& tid, const std::optional<std::string>& payout,
                        const std::optional<std::string>& cost, const std::optional<std::string>& currency,
                        const std::optional<std::string>& params);

/// `HTTP 200 "OK"`; empty when no answer came.
std::string answer_words(const std::optional<std::int64_t>& http_status,
                         const std::optional<std::string>& response);

/// A word of a shell's command line, in quotes where it must be.
std::string shell_word(std::string_view text);

}  // namespace keitaro_outbox::report
