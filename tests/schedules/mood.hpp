#pragma once

#include <set>
#include <string>
#include <string_view>

#include "schedules/receiver.hpp"
#include "schedules/sim_random.hpp"

namespace keitaro_outbox::simulation {

/// How a tracker behaves for a while.
struct Mood {
  std::string_view name = "healthy";
  double takes_in = 1;    ///< The odds of it; otherwise one of the troubles.
  bool outage = false;    ///< Connections are refused.
  int answer_to_all = 0;  ///< One HTTP status for everybody, 0 for none.
  bool picky = false;     ///< Certain rows are answered 422, whatever happens.
  core::Millis slowest{50};
};

Mood any_mood(SimRandom& chance);

Reply reply_in(const Mood& mood, const Arrival& arrival, SimRandom& chance);

}  // namespace keitaro_outbox::simulation
