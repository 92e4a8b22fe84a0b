#include "core/rules/recorded_words.hpp"

#include "core/text/readable.hpp"
#include "core/text/shown_prefix.hpp"

namespace keitaro_outbox::core {
namespace {

constexpr std::size_t kResponseCharacters = 300;
constexpr std::size_t kWhyCharacters = 200;

}  // namespace

std::optional<std::string> cut_response(const std::optional<std::string>& response) {
  if (!response) return std::nullopt;
  return shown_prefix(*response, kResponseCharacters);
}

std::string what_came(std::optional<int> http_status, State state) {
  if (!http_status) return "no answer came";
  std::string text = "the tracker answered HTTP " + std::to_string(*http_status);
  if (state == State::delivered) text += " and took it in";
  return text;
}

std::string unrecorded_reason(const UnrecordedOutcome& outcome, std::string_view why) {
  std::string text;
  if (outcome.requested) {
    text = what_came(outcome.http_status, outcome.state);
  } else {
    text = "it is to be " + std::string(name_of(outcome.state));
    if (!outcome.reason.empty()) text += " (" + std::string(outcome.reason) + ")";
  }
  text += ", but that cannot be recorded: " + readable(why, kWhyCharacters);
  if (outcome.state == State::delivered) text += "; it is not sent again";
  return text;
}

}  // namespace keitaro_outbox::core
