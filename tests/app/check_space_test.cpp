#include "app/check/check_space.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace keitaro_outbox::app {
namespace {

using testing::HasSubstr;

constexpr std::uintmax_t kMiB = 1024 * 1024;

TEST(CheckSpace, SaysNothingWhereThereIsEnough) {
  EXPECT_FALSE(judge_space(128 * kMiB));
  EXPECT_FALSE(judge_space(500'000 * kMiB));
}

TEST(CheckSpace, WarnsBeforeTheDiskIsFullAndFailsWhenItIs) {
  EXPECT_EQ(judge_space(12 * kMiB).value().verdict, Verdict::warn);
  EXPECT_THAT(judge_space(12 * kMiB).value().text, HasSubstr("12 MiB left"));
  EXPECT_EQ(judge_space(kMiB).value().verdict, Verdict::warn);
  EXPECT_EQ(judge_space(kMiB - 1).value().verdict, Verdict::fail);
  EXPECT_THAT(judge_space(0).value().text, HasSubstr("it is full"));
}

}  // namespace
}  // namespace keitaro_outbox::app
