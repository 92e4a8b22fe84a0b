#include "cli/terminal/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace keitaro_outbox::cli {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Progress, TheLineTellsRowsRateAndTimeLeft) {
  EXPECT_THAT(progress_line({1'234'567, 0.5}, 48'200.4, 72s, 79),
              AllOf(StartsWith("[==============>               ] 50%  "),
                    HasSubstr("1,234,567 rows  48,200/s"), HasSubstr("1m 12s left")));
}

TEST(Progress, WithoutAKnownSizeThereIsNoBar) {
  EXPECT_EQ(progress_line({999, std::nullopt}, 0.2, std::nullopt, 79), "999 rows  0/s");
}

TEST(Progress, TheLineFitsItsWidth) {
  for (std::size_t width = 1; width < 100; ++width) {
    for (const double part : {0.0, 0.01, 0.99, 1.0, 7.0}) {
      const std::string line = progress_line({123'456'789, part}, 1e6, 100h, width);
      // The mark of a cut is one column of three bytes.
      EXPECT_LE(line.size(), width + (line.ends_with("…") ? 2 : 0)) << line;
    }
  }
}

TEST(Progress, NothingIsDrawnWithoutATerminal) {
  std::ostringstream out;
  {
    Progress progress(out, std::nullopt);
    progress.show({1, 0.5});
  }
  EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace keitaro_outbox::cli
