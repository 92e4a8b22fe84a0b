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

TEST(SubidLot, AscendsByRankAndReachesFromOneEndToTheOther) {
  constexpr std::uint64_t kCount = 1000;
  const SubidLot lot(3, kCount);
  std::string before;
  for (std::uint64_t rank = 0; rank < kCount; ++rank) {
    const std::string subid = lot.of_rank(rank);
    EXPECT_EQ(subid.size(), 20);
    EXPECT_LT(before, subid);
    if (rank == 0) {
      EXPECT_EQ(subid[0], '0');
    }
    before = subid;
  }
  EXPECT_EQ(before[0], 'z');
}

TEST(SubidLot, GivesEachRowARankOfItsOwnAndFindsTheRowAgain) {
  for (const std::uint64_t count : {1U, 2U, 3U, 10U, 1000U, 1009U}) {
    const SubidLot lot(1, count);
    std::set<std::uint64_t> ranks;
    for (std::uint64_t row = 0; row < count; ++row) {
      const std::uint64_t rank = lot.rank_of_row(row);
      EXPECT_LT(rank, count);
      EXPECT_TRUE(ranks.insert(rank).second) << row << " of " << count;
      EXPECT_EQ(lot.row_of_rank(rank), row) << "of " << count;
    }
  }
}

}  // namespace
}  // namespace keitaro_outbox::bench
