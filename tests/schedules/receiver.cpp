#include "schedules/receiver.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace keitaro_outbox::simulation {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  throw std::runtime_error("a request's URL holds a bad percent-encoding");
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
    } else {
      if (i + 2 >= text.size()) throw std::runtime_error("a request's URL ends within a percent-encoding");
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    }
  }
  return out;
}

constexpr core::Millis kForever = std::chrono::hours{24 * 365};

}  // namespace

std::string Arrival::param(const std::string& name) const {
  const auto found = params.find(name);
  return found == params.end() ? std::string() : found->second;
}

Arrival read_request(const ports::Request& request, core::SteadyTime sent_at) {
  Arrival arrival;
  arrival.row = request.row;
  arrival.sent_at = sent_at;
  std::string_view url = request.url;
  url.remove_prefix(url.find("://") + 3);
  arrival.tracker = std::string(url.substr(0, url.find(".test")));
  url.remove_prefix(url.find('?') + 1);
  while (!url.empty()) {
    const auto end = std::min(url.find('&'), url.size());
    const auto pair = url.substr(0, end);
    const auto equals = pair.find('=');
    const bool added =
        arrival.params.emplace(decoded(pair.substr(0, equals)), decoded(pair.substr(equals + 1))).second;
    if (!added) throw std::runtime_error("a request's URL repeats a parameter");
    url.remove_prefix(std::min(end + 1, url.size()));
  }
  return arrival;
}

Reply takes_in(core::Millis latency) {
  return {true, latency, core::Answer{200, "OK", {}}};
}
Reply answers(int http_status, std::optional<std::string> retry_after) {
  return {false, core::Millis{20}, core::Answer{http_status, "no", std::move(retry_after)}};
}
Reply refuses_connection() {
  return {false, core::Millis{1}, core::NotSent{"connection refused"}};
}
Reply cuts_before_taking_in() {
  return {false, core::Millis{10}, core::AnswerLost{"the connection was cut"}};
}
Reply takes_in_and_loses_the_answer() {
  return {true, core::Millis{10}, core::AnswerLost{"the connection was cut"}};
}
Reply hangs() {
  return {false, kForever, core::AnswerLost{"timed out"}};
}

Reply SimReceiver::reply_to(const Arrival& arrival) {
  const auto behaviour = behaviours_.find(arrival.tracker);
  return behaviour == behaviours_.end() ? takes_in() : behaviour->second(arrival);
}

void SimReceiver::take_in(Arrival arrival) {
  ++times_[arrival.row.value];
  taken_in_.push_back(std::move(arrival));
}

int SimReceiver::times_taken_in(core::OutboxId row) const {
  const auto found = times_.find(row.value);
  return found == times_.end() ? 0 : found->second;
}

std::string SimReceiver::story_of(const std::string& tracker, const std::string& subid) const {
  std::string story;
  for (const Arrival& arrival : taken_in_) {
    if (arrival.tracker != tracker || arrival.param("subid") != subid) continue;
    if (!story.empty()) story += ' ';
    story += arrival.param("status");
  }
  return story;
}

}  // namespace keitaro_outbox::simulation
