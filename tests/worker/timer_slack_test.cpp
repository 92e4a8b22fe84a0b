#include "worker/timer_slack.hpp"

#include <gtest/gtest.h>

namespace keitaro_outbox::worker {
namespace {

TEST(PunctualSleeps, LastAsLongAsTheirScope) {
  const int before = prctl(PR_GET_TIMERSLACK);
  {
    const PunctualSleeps punctual;
    EXPECT_EQ(prctl(PR_GET_TIMERSLACK), 1000);
    {
      const PunctualSleeps again;
      EXPECT_EQ(prctl(PR_GET_TIMERSLACK), 1000);
    }
    EXPECT_EQ(prctl(PR_GET_TIMERSLACK), 1000);
  }
  EXPECT_EQ(prctl(PR_GET_TIMERSLACK), before);
}

}  // namespace
}  // namespace keitaro_outbox::worker
