#include "schedules/mood.hpp"

#include <vector>

namespace keitaro_outbox::simulation {
namespace {

using namespace std::chrono_literals;

std::optional<std::string> maybe_retry_after(SimRandom& chance) {
  if (chance.happens(0.5)) return std::nullopt;
  return std::to_string(chance.below(40));
}

Reply any_trouble(SimRandom& chance) {
  switch (chance.below(8)) {
    case 0:
      return answers(429, maybe_retry_after(chance));
    case 1:
      return answers(500);
    case 2:
      return answers(503, maybe_retry_after(chance));
    case 3:
      return answers(408);
    case 4:
      return refuses_connection();
    case 5:
      return cuts_before_taking_in();
    case 6:
      return takes_in_and_loses_the_answer();
    default:
      return hangs();
  }
}

}  // namespace

Mood any_mood(SimRandom& chance) {
  static const std::vector<Mood> kMoods{
      {},
      {},
      {.name = "flaky", .takes_in = 0.7},
      {.name = "bad", .takes_in = 0.2},
      {.name = "down", .outage = true},
      {.name = "wrong key", .answer_to_all = 404},
      {.name = "overloaded", .answer_to_all = 503},
      {.name = "refuses all", .answer_to_all = 400},
      {.name = "picky", .takes_in = 0.95, .picky = true},
      {.name = "slow", .takes_in = 0.95, .slowest = 12s},
  };
  return chance.pick(kMoods);
}

Reply reply_in(const Mood& mood, const Arrival& arrival, SimRandom& chance) {
  const core::Millis latency{chance.between(1, mood.slowest.count())};
  Reply reply = takes_in();
  if (mood.outage) {
    reply = refuses_connection();
  } else if (mood.answer_to_all != 0) {
    reply = answers(mood.answer_to_all, maybe_retry_after(chance));
  } else if (mood.picky && arrival.row.value % 5 == 0) {
    reply = answers(422);
  } else if (!chance.happens(mood.takes_in)) {
    reply = any_trouble(chance);
  }
  if (reply.latency < 1h) reply.latency = latency;
  return reply;
}

}  // namespace keitaro_outbox::simulation
