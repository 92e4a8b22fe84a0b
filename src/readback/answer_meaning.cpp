#include "readback/answer_meaning.hpp"

#include <utility>
#include <variant>

#include "core/flow/retry_after.hpp"
#include "core/text/readable.hpp"
#include "readback/answer_reader.hpp"

namespace keitaro_outbox::readback {
namespace {

using ports::Asked;

constexpr std::size_t kQuoted = 200;  // characters

constexpr const char* kWrongPath =
    "the Admin API is not at this address: admin_url must be that of the panel";

/// `HTTP 400: what the answer says`
std::string quoted(const core::Answer& answer, const core::Secrets& secrets) {
  const std::string code = "HTTP " + std::to_string(answer.http_status);
  // A key that is cut in two would not be found any more: cut afterwards.
  const std::string said = core::readable(secrets.scrub(answer.body), kQuoted);
  return said.empty() || looks_like_html(answer.body) ? code : code + ": " + said;
}

CallMeaning refusal_meaning(const core::Answer& answer, const core::Secrets& secrets) {
  const int code = answer.http_status;
  std::string text = quoted(answer, secrets);
  if (code == 429) return {Asked::slow_down, {}, "the tracker asks for fewer requests (" + text + ")"};
  if (code == 402) return {Asked::no_api, {}, "this edition of Keitaro has no Admin API (" + text + ")"};
  if (code == 401 || code == 403)
    return {Asked::key_refused, {}, "the tracker refuses admin_key (" + text + ")"};
  if (code == 404 || code == 405 || code == 410)
    return {Asked::wrong_path, {}, std::string(kWrongPath) + " (HTTP " + std::to_string(code) + ")"};
  if (code >= 300 && code < 400) {
    return {Asked::wrong_path,
            {},
            std::string(kWrongPath) + " (HTTP " + std::to_string(code) +
                " leads elsewhere, and redirects are not followed)"};
  }
  const bool may_be_for_size =
      code == 400 || code == 408 || code == 413 || code == 414 || code == 422 || code >= 500;
  return {may_be_for_size ? Asked::too_much : Asked::failed, {}, std::move(text)};
}

CallMeaning answer_meaning(const core::Answer& answer, const ports::HttpCallResult& result,
                           const core::Secrets& secrets) {
  if (answer.http_status < 200 || answer.http_status >= 300) return refusal_meaning(answer, secrets);
  if (looks_like_html(answer.body))
    return {Asked::wrong_path, {}, std::string(kWrongPath) + " (it answers with a page of HTML)"};
  if (result.too_long) return {Asked::too_much, {}, "the answer is too long"};
  if (result.timed_out) return {Asked::too_much, {}, "the answer did not end in time"};
  if (!result.whole) return {Asked::failed, {}, "the answer was cut short"};
  return {Asked::answered, {}, {}};
}

}  // namespace

CallMeaning meaning_of(const ports::HttpCallResult& result, const core::Secrets& secrets,
                       core::WallTime now) {
  if (result.stopped) return {Asked::failed, {}, "given up, as the process stops"};
  if (const auto* answer = std::get_if<core::Answer>(&result.exchange)) {
    CallMeaning meaning = answer_meaning(*answer, result, secrets);
    if (meaning.asked != Asked::answered && answer->retry_after)
      meaning.retry_after = core::parse_retry_after(*answer->retry_after, now);
    return meaning;
  }
  const Asked asked = result.timed_out && std::holds_alternative<core::AnswerLost>(result.exchange)
                          ? Asked::too_much
                          : Asked::failed;
  return {asked, {}, secrets.scrub(core::describe(result.exchange))};
}

}  // namespace keitaro_outbox::readback
