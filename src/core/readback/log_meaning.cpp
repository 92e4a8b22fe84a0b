#include "core/readback/log_meaning.hpp"

#include "core/text/ascii.hpp"

namespace keitaro_outbox::core {
namespace {

bool is_of_subid(char c) {
  return ascii::is_letter(c) || ascii::is_digit(c) || c == '_' || c == '-' || c == '.';
}

/// Whether `text` holds the click id as a word of its own: `abc` does not stand in `abcd`.
bool names(std::string_view text, std::string_view subid) {
  if (subid.empty()) return false;
  for (std::size_t at = text.find(subid); at != std::string_view::npos; at = text.find(subid, at + 1)) {
    const std::size_t end = at + subid.size();
    const bool begins = at == 0 || !is_of_subid(text[at - 1]);
    // A full stop may end a sentence.
    const bool ends = end == text.size() || !is_of_subid(text[end]) ||
                      (text[end] == '.' && (end + 1 == text.size() || !is_of_subid(text[end + 1])));
    if (begins && ends) return true;
  }
  return false;
}

bool holds(const std::string& lower, std::string_view words) {
  return lower.find(words) != std::string::npos;
}

}  // namespace

LogMeaning meaning_of(std::string_view message, std::string_view subid) {
  if (!names(message, subid)) return LogMeaning::nothing;
  const std::string lower = ascii::lower(message);
  if (holds(lower, "postback ignored")) return LogMeaning::ignored;
  if (lower.starts_with("subid not found")) return LogMeaning::click_unknown;
  if (lower.starts_with("subid ") && ascii::trim(lower).ends_with(" complete")) return LogMeaning::processed;
  return LogMeaning::nothing;
}

LogStory story_of(std::span<const PostbackLogLine> lines, std::string_view subid) {
  LogStory story;
  for (const PostbackLogLine& line : lines) {
    switch (meaning_of(line.message, subid)) {
      case LogMeaning::nothing:
        break;
      case LogMeaning::processed:
        story.processed = true;
        break;
      case LogMeaning::click_unknown:
        story.click_unknown = true;
        break;
      case LogMeaning::ignored:
        if (story.ignored.empty()) story.ignored = line.message;
        break;
    }
  }
  return story;
}

}  // namespace keitaro_outbox::core
