#pragma once

#include <string>
#include <string_view>

#include "sim/tracker.hpp"

namespace keitaro_sim {

/// Changes or deletes conversions behind everybody's back, as a person may in the panel:
/// `{"subid":"a","tid":"1","revenue":"7.5"}`. `conversion_id`, or `subid` and maybe `tid`, says which: all
/// that fit. `status`, `original_status` and `revenue` are set; `"delete":true` deletes. `changed` counts
/// them. When anything is wrong nothing changes, and `problem` is one sentence that says what.
struct ChangedByHand {
  std::size_t changed = 0;
  std::string problem;
};
ChangedByHand change_by_hand(Tracker& tracker, std::string_view json);

}  // namespace keitaro_sim
