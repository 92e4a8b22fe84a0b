#pragma once

#include <cstdlib>

namespace keitaro_outbox::faults {

/// Every how many-th point is tried: `usual`, more under a sanitizer, or what KEITARO_OUTBOX_FAULT_STEP says
/// (1 for all).
inline int step_of(int usual) {
  if (const char* given = std::getenv("KEITARO_OUTBOX_FAULT_STEP")) {
    const int step = std::atoi(given);
    if (step > 0) return step;
  }
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return usual * 8 + 1;
#else
  return usual;
#endif
}

}  // namespace keitaro_outbox::faults
