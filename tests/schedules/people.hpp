#pragma once

#include <functional>
#include <string>

#include "schedules/sim_clock.hpp"
#include "schedules/sim_database.hpp"
#include "schedules/sim_random.hpp"

namespace keitaro_outbox::simulation {

/// The application and the operator, at the database by SQL of their own, as CONTRACT allows it.
class People {
 public:
  People(SimDatabase& database, const SimClock& clock, SimRandom& chance, int trackers);

  /// One transaction of one of them. Gives what it was, for the trace.
  std::string act();

  /// The application alone.
  std::string write() { return write_conversions(chance_.between(1, 4)); }
  NewRow any_conversion();

  /// Many rows at once.
  std::string flood();

  /// The operator's switch for one of the trackers.
  std::string pause_or_resume();
  std::string resume_all();

 private:
  std::string write_conversions(std::int64_t count);
  std::string mend();
  std::string any_row();

  SimDatabase& database_;
  const SimClock& clock_;
  SimRandom& chance_;
  int trackers_;
  int clicks_;
  int events_ = 0;
  std::int64_t last_touched_ = 1;  ///< The row that the operator was last at.
};

}  // namespace keitaro_outbox::simulation
