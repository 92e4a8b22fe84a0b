#include "sqlite/read/pending_counter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using core::wall_time;
using sqlite::PendingCounter;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

class PendingCounterTest : public testing::Test {
 protected:
  void rows(const std::string& values) {
    database_.sql().run(
        "INSERT INTO outbox (tracker, subid, status, payout, currency, due_at, created_at, waits_for, state) "
        "VALUES " +
        values);
  }

  struct Counted {
    std::string rows;  ///< `ready later behind`.
    std::vector<std::string> worths;
  };

  /// In steps of so many rows.
  Counted counted(const std::string& tracker, std::size_t step) {
    PendingCounter::Position position;
    PendingCounter::Counts counts;
    Counted out;
    const auto weigh = [&](std::string_view payout, std::string_view currency) {
      out.worths.push_back(std::string(payout) + " " + std::string(currency));
    };
    while (pending_counter_.count(tracker, wall_time(1000), step, position, counts, weigh)) continue;
    out.rows = std::to_string(counts.ready) + " " + std::to_string(counts.later) + " " +
               std::to_string(counts.behind);
    return out;
  }

  void mixed_rows() {
    rows("('a', 'c1', 'sale', '1', 'usd', 0, 500, NULL, 'pending')");
    rows("('a', 'c2', 'sale', '2', 'usd', 0, 600, NULL, 'pending')");
    rows("('a', 'c3', 'sale', '3', 'eur', 900, 600, NULL, 'pending')");
    rows("('a', 'c4', 'sale', '4', NULL, 2000, 600, NULL, 'pending')");
    rows("('a', 'c4', 'sale', '5', 'eur', 0, 600, 4, 'pending')");
    rows("('a', 'c4', 'sale', NULL, 'eur', 3000, 600, 4, 'pending')");
    rows("('a', 'c1', 'sale', '6', 'usd', 0, 600, 1, 'pending')");
    rows("('a', 'c5', 'sale', '7', 'usd', 0, 100, NULL, 'delivered')");
    rows("('b', 'c1', 'sale', '8', 'usd', 0, 700, NULL, 'pending')");
  }

  TempDatabase database_;
  PendingCounter pending_counter_{database_.path()};
};

TEST_F(PendingCounterTest, CountsAndWeighsEachPendingRowOnceInStepsOfAnySize) {
  mixed_rows();
  EXPECT_THAT(pending_counter_.trackers(10), ElementsAre("a", "b"));
  for (const std::size_t step : {1u, 2u, 3u, 4u, 7u, 100u}) {
    const Counted a = counted("a", step);
    EXPECT_EQ(a.rows, "3 1 3") << step;
    EXPECT_THAT(a.worths, UnorderedElementsAre("1 usd", "2 usd", "3 eur", "4 ", "5 eur", "6 usd")) << step;
    EXPECT_THAT(counted("b", step).worths, ElementsAre("8 usd")) << step;
    EXPECT_EQ(counted("nobody", step).rows, "0 0 0") << step;
  }
}

TEST_F(PendingCounterTest, OldestDueIsTheFirstThatCouldHaveBeenSent) {
  const auto oldest = [&](const char* tracker) {
    const auto since = pending_counter_.oldest_due(tracker, wall_time(1000));
    return since ? core::unix_millis(*since) : -1;
  };
  EXPECT_EQ(oldest("a"), -1);
  mixed_rows();
  EXPECT_EQ(oldest("a"), 500);
  rows("('d', 'c1', 'sale', NULL, NULL, 900, 1, NULL, 'pending')");
  rows("('d', 'c2', 'sale', NULL, NULL, 2000, 1, NULL, 'pending')");
  EXPECT_EQ(oldest("d"), 900) << "it was scheduled for then";
  rows("('d', 'c3', 'sale', NULL, NULL, 1, 800, NULL, 'pending')");
  EXPECT_EQ(oldest("d"), 800) << "a time of 1 means now";
  EXPECT_EQ(oldest("e"), -1);
}

TEST_F(PendingCounterTest, NoticesCommits) {
  EXPECT_TRUE(pending_counter_.changed());
  EXPECT_FALSE(pending_counter_.changed());
  mixed_rows();
  EXPECT_TRUE(pending_counter_.changed());
  EXPECT_FALSE(pending_counter_.changed());
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
