#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/readback/records.hpp"

namespace keitaro_outbox::core {

/// What one line of the tracker's log of received postbacks tells of a click.
enum class LogMeaning : std::uint8_t {
  nothing,        ///< It is of another click, or only says that the postback came.
  processed,      ///< `Subid X complete`: a conversion came of it.
  click_unknown,  ///< `SubID not found "X"`.
  ignored         ///< `… Postback ignored.`
};

/// Matches without regard to case. A line counts only where it names the click, whole.
LogMeaning meaning_of(std::string_view message, std::string_view subid);

/// What the log as a whole tells of a click.
struct LogStory {
  bool processed = false;
  bool click_unknown = false;
  std::string ignored;  ///< The newest such line; empty for none.
};

LogStory story_of(std::span<const PostbackLogLine> lines, std::string_view subid);

}  // namespace keitaro_outbox::core
