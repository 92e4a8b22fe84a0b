#include "sim/trouble.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "sim/trouble_json.hpp"

namespace keitaro_sim {
namespace {

using ::testing::HasSubstr;

TEST(SimTrouble, RollPicksByShares) {
  Trouble trouble;
  trouble.hang = 0.1;
  trouble.cut_before = 0.1;
  trouble.cut_after = 0.1;
  trouble.fail = {{503, 0.2}, {429, 0.1}};
  struct Case {
    double roll;
    Fate::Kind kind;
    int code;
  };
  for (const Case& c : std::vector<Case>{{0, Fate::Kind::hang, 0},
                                         {0.15, Fate::Kind::cut_before, 0},
                                         {0.25, Fate::Kind::cut_after, 0},
                                         {0.35, Fate::Kind::fail, 503},
                                         {0.49, Fate::Kind::fail, 503},
                                         {0.55, Fate::Kind::fail, 429},
                                         {0.61, Fate::Kind::answered, 0},
                                         {0.999, Fate::Kind::answered, 0}}) {
    const Fate fate = draw_fate(trouble, c.roll, 0);
    EXPECT_EQ(fate.kind, c.kind) << c.roll;
    EXPECT_EQ(fate.code, c.code) << c.roll;
  }
}

TEST(SimTrouble, FullShareLeavesNothingAnswered) {
  Trouble trouble;
  trouble.fail = {{500, 1}};
  EXPECT_EQ(draw_fate(trouble, 0.9999999999999999, 0).kind, Fate::Kind::fail);
}

TEST(SimTrouble, LatencyGrowsByItsJitterAndAHangHasItsOwnTime) {
  Trouble trouble;
  trouble.latency = Millis{50};
  trouble.latency_jitter = Millis{100};
  EXPECT_EQ(draw_fate(trouble, 0.5, 0).delay, Millis{50});
  EXPECT_EQ(draw_fate(trouble, 0.5, 0.5).delay, Millis{100});
  trouble.hang = 1;
  trouble.hang_for = Millis{7};
  EXPECT_EQ(draw_fate(trouble, 0.5, 0.5).delay, Millis{7});
}

TEST(SimTrouble, SameSeedGivesTheSameTroubleAndTheSharesComeOut) {
  Trouble trouble;
  trouble.fail = {{503, 0.2}};
  trouble.cut_after = 0.1;
  const auto fates = [&](std::uint64_t seed) {
    std::vector<Fate::Kind> kinds;
    for (std::uint64_t n = 1; n <= 10'000; ++n)
      kinds.push_back(draw_fate(trouble, chance(seed, 0, n), 0).kind);
    return kinds;
  };
  const auto kinds = fates(7);
  EXPECT_EQ(kinds, fates(7));
  EXPECT_NE(kinds, fates(8));
  std::map<Fate::Kind, int> counts;
  for (const Fate::Kind kind : kinds) ++counts[kind];
  EXPECT_NEAR(counts[Fate::Kind::fail], 2000, 200);
  EXPECT_NEAR(counts[Fate::Kind::cut_after], 1000, 150);
}

TEST(SimTrouble, FailIsReadAsCodeAndShare) {
  EXPECT_EQ(parse_fail("503:0.2"), (Trouble::Fail{503, 0.2}));
  EXPECT_EQ(parse_fail("429"), (Trouble::Fail{429, 1}));
  for (const std::string text : {"", "x", "503:", "503:x", "503:0.2x", ":0.2", "503 0.2"})
    EXPECT_FALSE(parse_fail(text)) << text;
}

TEST(SimTrouble, SharesCodesAndTimesHaveBounds) {
  const auto problem = [](auto change) {
    Trouble trouble;
    change(trouble);
    return problem_of(trouble);
  };
  EXPECT_EQ(problem([](Trouble&) {}), "");
  EXPECT_NE(problem([](Trouble& t) { t.hang = 1.1; }), "");
  EXPECT_NE(problem([](Trouble& t) { t.cut_before = -0.1; }), "");
  EXPECT_NE(problem([](Trouble& t) { t.cut_before = t.cut_after = 0.6; }), "");
  EXPECT_NE(problem([](Trouble& t) { t.fail = {{100, 0.1}}; }), "");
  EXPECT_NE(problem([](Trouble& t) { t.latency = Millis{600'001}; }), "");
  EXPECT_NE(problem([](Trouble& t) { t.retry_after = -1; }), "");
}

TEST(SimTroubleJson, NamedMembersChangeAndTheRestStays) {
  Trouble trouble;
  trouble.cut_after = 0.5;
  EXPECT_EQ(change_trouble(trouble, R"({"fail":{"503":0.25,"429":0.25},"latency_ms":20,"retry_after":2})"),
            "");
  EXPECT_EQ(trouble.cut_after, 0.5);
  EXPECT_EQ(trouble.latency, Millis{20});
  EXPECT_EQ(trouble.retry_after, 2);
  EXPECT_EQ(trouble.fail.size(), 2U);
  EXPECT_EQ(change_trouble(trouble, R"({"fail":{},"cut_after":0,"latency_ms":0,"retry_after":null})"), "");
  EXPECT_EQ(trouble, Trouble{});
}

TEST(SimTroubleJson, WrittenTroubleReadsBack) {
  Trouble trouble;
  trouble.fail = {{503, 0.25}};
  trouble.hang = 0.125;
  trouble.hang_for = Millis{5};
  Trouble read;
  EXPECT_EQ(change_trouble(read, trouble_as_json(trouble)), "");
  EXPECT_EQ(read, trouble);
}

TEST(SimTroubleJson, WrongMembersChangeNothing) {
  struct Case {
    std::string json, problem;
  };
  for (const Case& c : std::vector<Case>{{"[]", "JSON object"},
                                         {"{", "JSON object"},
                                         {R"({"latency_ms":5,"fial":{}})", "\"fial\" is not one of"},
                                         {R"({"latency_ms":5,"hang":"all"})", "hang must be a number"},
                                         {R"({"latency_ms":5,"fail":{"503":2}})", "between 0 and 1"},
                                         {R"({"latency_ms":5,"fail":{"x":1}})", "codes and shares"},
                                         {R"({"latency_ms":1.5})", "whole milliseconds"},
                                         {R"({"latency_ms":5,"retry_after":"soon"})", "retry_after"},
                                         {R"({"latency_ms":99999999})", "10 minutes"}}) {
    Trouble trouble;
    EXPECT_THAT(change_trouble(trouble, c.json), HasSubstr(c.problem)) << c.json;
    EXPECT_EQ(trouble, Trouble{}) << c.json;
  }
}

}  // namespace
}  // namespace keitaro_sim
