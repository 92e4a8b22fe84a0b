#include "bench/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "bench/readable.hpp"

namespace keitaro_outbox::bench {
namespace {

using testing::HasSubstr;
using testing::Not;

Samples samples(std::initializer_list<double> values) {
  Samples samples;
  for (const double value : values) samples.add(value);
  return samples;
}

Report example() {
  Report report;
  report.setting = {{"machine", "two cores"}};
  CaseReport& one = report.cases.emplace_back(CaseReport{"throughput", "rows waiting", {}, {}});
  for (const double rate : {30'000.0, 32'500.0, 31'000.0}) one.add("worker", "rows/s", rate);
  one.add("worker / bare loop", "times", 0.9);
  one.figures.push_back({"p99", "ms", samples({2.5}), at_most(2)});
  one.figures.push_back({"busy", "commits", samples({0, 0, 1}), never_above(0)});
  one.figures.push_back({"not measured", "ms", samples({NAN}), at_most(2)});
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

}  // namespace
}  // namespace keitaro_outbox::bench
