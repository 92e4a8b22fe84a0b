#include "report/status/pace_meter.hpp"

#include <gtest/gtest.h>

namespace keitaro_outbox::report {
namespace {

using namespace std::chrono_literals;

struct Look {
  std::int64_t pending;
  std::int64_t inserted;  // Since the look before.
};

struct PaceCase {
  const char* name;
  std::vector<Look> looks;  // A second apart.
  double finished_per_second;
  std::optional<core::Millis> drained_in;
  bool grows;
};

class Pacing : public testing::TestWithParam<PaceCase> {};

TEST_P(Pacing, IsWhatCameAndIsPendingNoMore) {
  PaceMeter meter;
  core::SteadyTime now{};
  Overview overview;
  overview.trackers.emplace_back().tracker = "t";
  for (const Look& look : GetParam().looks) {
    ports::StatusSnapshot snapshot;
    snapshot.waiting["t"].due = look.pending;
    snapshot.inserted["t"] = look.inserted;
    meter.take(snapshot, now);
    now += 1s;
    overview.trackers[0].rows[0] = look.pending;
  }
  meter.fill(overview);
  ASSERT_TRUE(overview.trackers[0].pace);
  EXPECT_DOUBLE_EQ(overview.trackers[0].pace->finished_per_second, GetParam().finished_per_second);
  EXPECT_EQ(overview.trackers[0].pace->drained_in, GetParam().drained_in);
  EXPECT_EQ(overview.trackers[0].pace->grows, GetParam().grows);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Pacing,
    testing::Values(PaceCase{"drains", {{100, 0}, {80, 0}}, 20, 4s, false},
                    PaceCase{"drains_while_more_comes", {{100, 0}, {90, 10}}, 20, 4500ms, false},
                    PaceCase{"grows", {{100, 0}, {110, 30}}, 20, std::nullopt, true},
                    PaceCase{"stands", {{100, 0}, {100, 0}}, 0, std::nullopt, false},
                    PaceCase{"is_done", {{100, 0}, {0, 0}}, 100, std::nullopt, false},
                    PaceCase{"is_of_the_last_seconds",
                             {{900, 0}, {500, 0}, {400, 0}, {300, 0}, {200, 0}, {100, 0}, {50, 0}, {50, 0}},
                             70,
                             714ms,
                             false},
                    PaceCase{"knows_nothing_of_rows_put_back", {{10, 0}, {500, 0}}, 0, std::nullopt, false}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

TEST(Pacing, NeedsTwoLooks) {
  PaceMeter meter;
  Overview overview;
  overview.trackers.emplace_back().tracker = "t";
  meter.take({}, core::SteadyTime{});
  meter.fill(overview);
  EXPECT_FALSE(overview.trackers[0].pace);
}

}  // namespace
}  // namespace keitaro_outbox::report
