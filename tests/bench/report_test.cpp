#include "bench/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "bench/plot.hpp"
#include "bench/readable.hpp"

namespace keitaro_outbox::bench {
namespace {

using testing::HasSubstr;
using testing::Not;

Report example() {
  Report report;
  report.setting = {{"machine", "two cores"}};
  CaseReport& one = report.cases.emplace_back(CaseReport{"throughput", "rows waiting", {}, {}});
  for (const double rate : {30'000.0, 32'500.0, 31'000.0}) one.add("worker", "rows/s", rate);
  one.add("worker / bare loop", "times", 0.9, at_least(0.85));
  one.add("p99", "ms", 2.5, at_most(2));
  for (const double busy : {0, 0, 1}) one.add("busy", "commits", busy, never_above(0));
  one.add("not measured", "ms", NAN, at_most(2));
  one.note("said once");
  one.note("said once");
  return report;
}

std::string table(const Report& report) {
  std::ostringstream out;
  write_table(out, report);
  return out.str();
}

nlohmann::json json(const Report& report) {
  std::ostringstream out;
  write_json(out, report);
  return nlohmann::json::parse(out.str());
}

TEST(Report, TableShowsMedianMinimumAndMaximumOfEachFigure) {
  EXPECT_THAT(table(example()), testing::ContainsRegex("worker +rows/s +31,000 +30,000 +32,500\n"));
}

TEST(Report, TableSaysOfEachGoalWhetherItWasReached) {
  const std::string text = table(example());
  EXPECT_THAT(text, HasSubstr("at least 0.850: reached"));
  EXPECT_THAT(text, HasSubstr("at most 2: MISSED"));
  EXPECT_THAT(text, HasSubstr("at most 2: not measured"));
}

TEST(Report, APromiseIsJudgedByTheWorstSampleNotByTheMedian) {
  EXPECT_THAT(table(example()), HasSubstr("never above 0: MISSED"));
}

TEST(Report, GoalsAreLeftOutWhereSizesAreTooSmallToMeanAnything) {
  Report report = example();
  report.goals_apply = false;
  EXPECT_THAT(table(report), Not(HasSubstr("at least")));
  EXPECT_FALSE(json(report)["cases"][0]["figures"][1].contains("goal"));
}

TEST(Report, ANoteIsKeptOnceHoweverOftenItIsSaid) {
  EXPECT_EQ(example().cases[0].notes, std::vector<std::string>{"said once"});
}

TEST(Report, JsonHoldsEverySampleAndTheVerdicts) {
  const auto one = json(example())["cases"][0];
  EXPECT_EQ(one["figures"][0]["median"], 31'000);
  EXPECT_EQ(one["figures"][0]["samples"].size(), 3);
  EXPECT_EQ(one["figures"][1]["goal"]["value"], 0.85);
  EXPECT_EQ(one["figures"][1]["goal"]["reached"], true);
  EXPECT_EQ(one["figures"][2]["goal"]["reached"], false);
  EXPECT_EQ(one["figures"][4]["median"], nullptr);
}

TEST(Readable, NumbersShowAboutThreeDigits) {
  const std::vector<std::pair<double, std::string>> table = {
      {0, "0"},          {1, "1"},       {0.0341, "0.0341"},  {0.85, "0.850"},
      {12.34, "12.3"},   {123.4, "123"}, {31240.4, "31,240"}, {1234567, "1,234,567"},
      {-1500, "-1,500"}, {NAN, "n/a"},
  };
  for (const auto& [value, text] : table) EXPECT_EQ(readable_number(value), text);
}

TEST(Plot, DrawsEachCurveWithItsNameAndMarksItsPoints) {
  std::ostringstream out;
  write_svg(out, {.title = "a < b",
                  .x_name = "rows",
                  .y_name = "us",
                  .curves = {{"warm", {{1e4, 30}, {1e5, 31}, {1e7, 40}}}, {"cold", {{1e4, 50}}}}});
  const std::string svg = out.str();
  EXPECT_THAT(svg, testing::StartsWith("<svg "));
  EXPECT_THAT(svg, HasSubstr("a &lt; b"));
  EXPECT_THAT(svg, HasSubstr(">warm</text>"));
  EXPECT_THAT(svg, HasSubstr(">cold</text>"));
  EXPECT_THAT(svg, HasSubstr(">10,000,000</text>"));
  std::size_t points = 0;
  for (auto at = svg.find("<circle"); at != std::string::npos; at = svg.find("<circle", at + 1)) ++points;
  EXPECT_EQ(points, 4);
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(Plot, WithoutAnyPointIsStillAPicture) {
  std::ostringstream out;
  write_svg(out, {.title = "nothing", .x_name = "x", .y_name = "y", .curves = {}});
  EXPECT_THAT(out.str(), Not(HasSubstr("nan")));
  EXPECT_THAT(out.str(), Not(HasSubstr("inf")));
}

}  // namespace
}  // namespace keitaro_outbox::bench
