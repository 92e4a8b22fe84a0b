#include "core/rules/answer.hpp"

#include "core/flow/retry_after.hpp"
#include "core/text/ascii.hpp"
#include "core/text/readable.hpp"

namespace keitaro_outbox::core {
namespace {

bool speaks_of_the_row(int http_status) {
  return http_status == 400 || http_status == 422;
}

bool is_success(const Answer& answer) noexcept {
  return answer.http_status >= 200 && answer.http_status <= 299;
}

Meaning read_answer(const Answer& answer, std::string_view sentinel, WallTime now) {
  if (is_success(answer)) {
    const bool missing = !says(answer, sentinel);
    return TakenIn{missing, missing ? std::string(sentinel) : std::string()};
  }
  const auto retry_after = answer.retry_after ? parse_retry_after(*answer.retry_after, now) : std::nullopt;
  if (answer.http_status == 429) return Throttled{retry_after};
  if (speaks_of_the_row(answer.http_status)) return RowRefused{retry_after};
  return TrackerTrouble{retry_after};
}

std::string error_or(const std::string& error, std::string_view otherwise) {
  constexpr std::size_t kLongest = 200;
  return error.empty() ? std::string(otherwise) : readable(error, kLongest);
}

}  // namespace

Meaning read_exchange(const Exchange& exchange, std::string_view sentinel, WallTime now) {
  if (const auto* answer = std::get_if<Answer>(&exchange)) return read_answer(*answer, sentinel, now);
  if (const auto* not_sent = std::get_if<NotSent>(&exchange)) return NoAnswer{not_sent->forbidden_address};
  if (std::holds_alternative<OwnTrouble>(exchange)) return NoAnswer{};
  return MaybeTakenIn{};
}

bool is_taken_in(const Exchange& exchange) noexcept {
  const auto* answer = std::get_if<Answer>(&exchange);
  return answer != nullptr && is_success(*answer);
}

bool says(const Answer& answer, std::string_view sentinel) noexcept {
  return sentinel.empty() || ascii::trim(answer.body) == ascii::trim(sentinel);
}

std::string describe(const Exchange& exchange) {
  if (const auto* not_sent = std::get_if<NotSent>(&exchange))
    return error_or(not_sent->error, "the request could not be sent");
  if (const auto* lost = std::get_if<AnswerLost>(&exchange))
    return error_or(lost->error, "no usable answer came");
  if (const auto* trouble = std::get_if<OwnTrouble>(&exchange))
    return error_or(trouble->error, "this host lacks what a request needs");
  const int http_status = std::get<Answer>(exchange).http_status;
  std::string text = "HTTP " + std::to_string(http_status);
  if (http_status >= 300 && http_status <= 399) text += " (redirects are not followed)";
  return text;
}

}  // namespace keitaro_outbox::core
