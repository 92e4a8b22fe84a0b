#pragma once

#include <string>
#include <string_view>

#include "keitaro_outbox/error.hpp"

namespace keitaro_outbox {

// AlterCPA TOP's deep links, `https://t.me/YourBot?start=CODE-CLICKID`: how Keitaro's click id travels
// through Telegram to the bot. The same rules in any language:
//
// - The start value is CODE, one `-`, and the click id. Telegram carries at most 64 characters of
//   A–Z a–z 0–9 _ - in it, the `-` included: a code of n characters leaves 63 - n to the click id.
// - A `.` of the click id is written `-`, for Telegram carries none. Which `-` was a `.` cannot be told
//   afterwards; Keitaro's click ids hold no `-` of their own, so that a tracker set to `to-dots` turns each
//   one back. Keep the click id in the outbox as Telegram carried it and leave that to the worker.
// - The value is split at its first `-`. A code that contains a `-` would be cut short:
//   pass the code to parse_deep_link(), which then splits behind it.

/// What a deep link says.
struct DeepLink {
  std::string campaign;
  std::string click;  ///< As Telegram carried it, with `-` for `.`: what to write to Conversion::subid.
};

/// The link to paste into Keitaro: `https://t.me/YourBot?start=CODE-{subid}`. With `click` a finished link
/// for that click id. `bot` is the bot's name, with or without its `@`. Throws Error where a name is empty,
/// holds a character that Telegram does not carry, or the start value becomes too long.
std::string build_deep_link(std::string_view bot, std::string_view campaign, std::string_view click = {});

/// Reads a start value `CODE-abc`, the command `/start CODE-abc` that a bot is sent, or a whole link
/// (`https://t.me/…?start=`, `tg://resolve?…&start=`). `campaign`, when not empty, is the code to split
/// behind. Throws Error where the text is none of these, lacks a part, breaks Telegram's rules, or holds a
/// `{subid}` that was not filled in.
DeepLink parse_deep_link(std::string_view text, std::string_view campaign = {});

/// The click id with each `-` as the `.` that it was: what a tracker set to `to-dots` is sent.
std::string click_with_dots(std::string_view click);

}  // namespace keitaro_outbox
