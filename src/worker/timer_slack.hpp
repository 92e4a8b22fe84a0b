#pragma once

#include <sys/prctl.h>

namespace keitaro_outbox::worker {

/// While it lives, the calling thread's short sleeps end on time: Linux lets them be 50 µs late otherwise, as
/// long as the steps in which a commit is looked for.
class PunctualSleeps {
 public:
  PunctualSleeps() : slack_(prctl(PR_GET_TIMERSLACK)) { prctl(PR_SET_TIMERSLACK, kNanoseconds); }
  ~PunctualSleeps() {
    if (slack_ > 0) prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(slack_));
  }
  PunctualSleeps(const PunctualSleeps&) = delete;
  PunctualSleeps& operator=(const PunctualSleeps&) = delete;

 private:
  static constexpr unsigned long kNanoseconds = 1000;
  int slack_;
};

}  // namespace keitaro_outbox::worker
