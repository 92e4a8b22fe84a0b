#include "bench/samples.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace keitaro_outbox::bench {
namespace {

Samples of(std::initializer_list<double> values) {
  Samples samples;
  for (const double value : values) samples.add(value);
  return samples;
}

TEST(Samples, MedianOfAnOddNumberIsTheMiddleOne) {
  EXPECT_DOUBLE_EQ(of({9, 1, 5}).median(), 5);
}

TEST(Samples, MedianOfAnEvenNumberLiesBetweenTheTwoInTheMiddle) {
  EXPECT_DOUBLE_EQ(of({4, 1, 2, 100}).median(), 3);
}

TEST(Samples, PercentilesLieBetweenNeighboursInProportion) {
  const Samples samples = of({10, 20, 30, 40, 50});
  EXPECT_DOUBLE_EQ(samples.percentile(0), 10);
  EXPECT_DOUBLE_EQ(samples.percentile(90), 46);
  EXPECT_DOUBLE_EQ(samples.percentile(100), 50);
}

TEST(Samples, KeepTheOrderInWhichTheyCame) {
  const Samples samples = of({3, 1, 2});
  EXPECT_DOUBLE_EQ(samples.min(), 1);
  EXPECT_DOUBLE_EQ(samples.max(), 3);
  EXPECT_EQ(samples.values(), (std::vector<double>{3, 1, 2}));
}

TEST(Samples, NothingMeasuredIsNoNumber) {
  EXPECT_TRUE(std::isnan(Samples().median()));
}

}  // namespace
}  // namespace keitaro_outbox::bench
