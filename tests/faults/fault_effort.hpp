#pragma once

#include <cstdlib>

namespace keitaro_outbox::faults {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)  // g++ says so
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)  // clang answers
inline constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
inline constexpr bool kSanitized = false;
#endif

/// Every how many-th point is tried: `usual`, more under a sanitizer, or what KEITARO_OUTBOX_FAULT_STEP says
/// (1 for all).
inline int step_of(int usual) {
  if (const char* given = std::getenv("KEITARO_OUTBOX_FAULT_STEP")) {
    const int step = std::atoi(given);
    if (step > 0) return step;
  }
  return kSanitized ? usual * 8 + 1 : usual;
}

}  // namespace keitaro_outbox::faults
