#pragma once

#include <string>
#include <vector>

#include "faults/fault_points.hpp"
#include "faults/loopback_receiver.hpp"
#include "temp_folder.hpp"

namespace keitaro_outbox::faults {

/// What came of one run of a real worker in which a call failed, and of a second one, without faults, that
/// did what the first had left.
struct Trial {
  bool fault_came = false;              ///< False: the run made fewer calls.
  bool second_run_needed = false;       ///< The first did not finish, or had to give up.
  std::vector<std::string> told;        ///< Errors, as a person would read them.
  std::vector<std::string> complaints;  ///< What must not be; each with the fault that led to it.
};

/// A business day delivered by the real engine, store and transport to a tracker on the loopback interface,
/// again and again, each time with another call that fails.
class DeliveryUnderFaults {
 public:
  DeliveryUnderFaults();

  /// The n-th call at `place` fails; `for_good`: and all that come after it, until the worker is stopped.
  Trial run(Place place, long n, bool for_good);

 private:
  struct Life;
  void live(Life& life);
  void compare(const Life& first, Trial& trial);
  void compare(const Life& first, const Life& second, Trial& trial);
  void compare_stories(const std::vector<std::string>& heard, Trial& trial);
  void start_day();

  TempFolder folder_{TempFolder::In::memory};
  LoopbackReceiver receiver_;
  std::string fresh_file_;         // the bytes of a database with the day's rows
  std::vector<std::string> end_;   // how the rows end where nothing fails
  std::vector<std::string> said_;  // what the tracker hears then
};

}  // namespace keitaro_outbox::faults
