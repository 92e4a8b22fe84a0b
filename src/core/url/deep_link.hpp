#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace keitaro_outbox::core {

/// Telegram's limit for what stands behind `?start=`.
inline constexpr std::size_t kLongestStart = 64;

/// A result, or what is wrong in one plain sentence.
template <typename Result>
struct Judged {
  std::optional<Result> result;
  std::string error;
};

/// `https://t.me/BOT?start=CAMPAIGN-{subid}`, with `click` in place of `{subid}` where it is not empty: each
/// `.` of it is written `-`. `bot` may have an `@` before it. The rules are those of
/// keitaro_outbox/deep_link.hpp.
Judged<std::string> build_deep_link(std::string_view bot, std::string_view campaign, std::string_view click);

/// How many characters of Telegram's limit a campaign code leaves to the click id; 0 when it is too long.
std::size_t room_for_click(std::string_view campaign);

struct DeepLinkParts {
  std::string campaign;
  std::string click;  ///< As Telegram carried it.
};

/// Reads `CODE-abc`, `/start CODE-abc`, or a link that holds `start=CODE-abc`. Splits at the first `-`, or
/// behind `campaign` where that is not empty.
Judged<DeepLinkParts> parse_deep_link(std::string_view text, std::string_view campaign);

/// `click` with each `-` as the `.` that it was before Telegram.
std::string dots_for_dashes(std::string_view click);

/// `click` as Telegram carries it: each `.` as a `-`.
std::string dashes_for_dots(std::string_view click);

}  // namespace keitaro_outbox::core
