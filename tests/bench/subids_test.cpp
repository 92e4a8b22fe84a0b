#include "bench/subids.hpp"

#include <gtest/gtest.h>

#include <set>

namespace keitaro_outbox::bench {
namespace {

TEST(Subids, HaveTwentyCharactersAndDoNotRepeat) {
  Subids subids(1);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string subid = subids.next();
    EXPECT_EQ(subid.size(), 20);
    EXPECT_EQ(subid.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyz"), std::string::npos);
    EXPECT_TRUE(seen.insert(subid).second);
  }
}

TEST(Subids, OfOneSeedAreTheSameEachTime) {
  EXPECT_EQ(Subids(5).next(), Subids(5).next());
  EXPECT_NE(Subids(5).next(), Subids(6).next());
}

TEST(Subids, InOrderAscendAndReachFromOneEndToTheOther) {
  constexpr std::uint64_t kCount = 1000;
  Subids subids(3);
  std::string before;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    const std::string subid = subids.next_in_order(i, kCount);
    EXPECT_LT(before, subid);
    if (i == 0) {
      EXPECT_EQ(subid[0], '0');
    }
    before = subid;
  }
  EXPECT_EQ(before[0], 'z');
}

}  // namespace
}  // namespace keitaro_outbox::bench
