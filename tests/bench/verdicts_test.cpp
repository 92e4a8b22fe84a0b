#include "bench/verdicts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "bench/cases.hpp"

namespace keitaro_outbox::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// A report with that one figure of each goal, measured so often.
Report report_of(const std::string& case_name, const std::string& figure,
                 std::initializer_list<double> values) {
  Report report;
  report.setting = {{"machine", "two cores"}};
  CaseReport& one = report.cases.emplace_back(CaseReport{case_name, "", {}, {}});
  for (const double value : values) one.add(figure, "times", value);
  return report;
}

std::string markdown(const Report& report) {
  std::ostringstream out;
  write_goals(out, report);
  return out.str();
}

std::string line_of(const std::string& text, const std::string& begin) {
  const auto at = text.find("| " + begin);
  return at == std::string::npos ? "" : text.substr(at, text.find('\n', at) - at);
}

TEST(Verdict, OfALineIsByTheMedianOrForPromisesByTheWorst) {
  const GoalLine ratio{"", "", {{"c", "f", "", at_least(0.85)}}};
  const GoalLine time{"", "", {{"c", "f", "", at_most(2)}}};
  const GoalLine promise{"", "", {{"c", "f", "", never_above(0)}}};
  const struct {
    const GoalLine* line;
    std::initializer_list<double> values;
    Verdict expected;
  } table[] = {
      {&ratio, {0.85}, Verdict::reached},
      {&ratio, {0.849}, Verdict::missed},
      {&ratio, {0.1, 0.9, 0.9}, Verdict::reached},
      {&ratio, {0.1, 0.2, 0.9}, Verdict::missed},
      {&time, {2}, Verdict::reached},
      {&time, {2.01}, Verdict::missed},
      {&time, {1, 1, 9}, Verdict::reached},
      {&promise, {0, 0, 0}, Verdict::reached},
      {&promise, {0, 0, 1}, Verdict::missed},
      {&ratio, {NAN}, Verdict::not_measured},
      {&ratio, {}, Verdict::not_measured},
  };
  for (const auto& [line, values, expected] : table) {
    const Report report = report_of("c", "f", values);
    EXPECT_EQ(judge({line, 1}, report)[0].verdict, expected) << testing::PrintToString(values);
  }
}

TEST(Verdict, OfALineWithSeveralGoalsIsReachedOnlyWhereAllAre) {
  const GoalLine line{
      "", "", {{"c", "a", "", at_most(1)}, {"c", "b", "", at_most(1)}, {"c", "more", "", {}}}};
  const auto verdict = [&](std::initializer_list<double> a, std::initializer_list<double> b) {
    Report report = report_of("c", "a", a);
    for (const double value : b) report.cases[0].add("b", "times", value);
    return judge({&line, 1}, report)[0].verdict;
  };
  EXPECT_EQ(verdict({1}, {1}), Verdict::reached);
  EXPECT_EQ(verdict({1}, {2}), Verdict::missed);
  EXPECT_EQ(verdict({1}, {}), Verdict::not_measured);
  EXPECT_EQ(verdict({2}, {}), Verdict::missed) << "the other cannot mend it";
  EXPECT_EQ(verdict({}, {2}), Verdict::missed);
}

TEST(GoalTable, ShowsWhatWasMeasuredBesideEachGoalAndWhetherItIsReached) {
  const std::string missed = markdown(report_of("throughput", "worker / bare loop", {0.5, 0.54, 0.6}));
  EXPECT_THAT(line_of(missed, "Delivered a second"),
              testing::AllOf(HasSubstr("≥ 0.85 of a bare"), HasSubstr("**0.540** (0.500–0.600)"),
                             testing::EndsWith("| **missed** |")));
  const std::string reached = markdown(report_of("throughput", "worker / bare loop", {0.85}));
  EXPECT_THAT(line_of(reached, "Delivered a second"),
              testing::EndsWith("of the bare loop **0.850** | reached |"));
  EXPECT_THAT(line_of(reached, "Idle: CPU"), testing::EndsWith("|  | not measured |"));
  EXPECT_THAT(reached, HasSubstr("machine: two cores"));
}

TEST(GoalTable, ShowsTheWorstOfAPromise) {
  const std::string text = markdown(report_of("kill", "repeats after one kill", {100, 120, 129}));
  EXPECT_THAT(line_of(text, "Repeats"),
              testing::AllOf(HasSubstr("**129**"), testing::EndsWith("| **missed** |")));
}

TEST(GoalTable, JudgesNothingWhereSizesAreTooSmallToMeanAnything) {
  Report report = report_of("throughput", "worker / bare loop", {0.1});
  report.goals_apply = false;
  EXPECT_THAT(markdown(report), Not(HasSubstr("missed")));
  EXPECT_THAT(line_of(markdown(report), "Delivered a second"), testing::EndsWith("not judged |"));
}

TEST(GoalTable, IsInTheJsonWithTheSameVerdicts) {
  const auto goals = [](const Report& report) {
    std::ostringstream out;
    write_json(out, report);
    return nlohmann::json::parse(out.str()).value("goals", nlohmann::json());
  };
  const Report report = report_of("throughput", "worker / bare loop", {0.5});
  ASSERT_EQ(goals(report).size(), goal_lines().size());
  EXPECT_EQ(goals(report)[0]["verdict"], "missed");
  EXPECT_EQ(goals(report)[0]["figures"][0]["figure"], "worker / bare loop");
  EXPECT_EQ(goals(report)[1]["verdict"], "not measured");
  Report small = report;
  small.goals_apply = false;
  EXPECT_TRUE(goals(small).is_null());
}

TEST(GoalTable, NamesCasesThatThereAreAndJudgesEachFigureOnce) {
  std::set<std::string_view> cases;
  for (const Case& one : all_cases()) cases.insert(one.name);
  std::set<std::pair<std::string_view, std::string_view>> judged;
  for (const GoalLine& line : goal_lines()) {
    int goals = 0;
    for (const Shown& shown : line.shown) {
      EXPECT_TRUE(cases.contains(shown.case_name)) << shown.case_name;
      if (!shown.goal) continue;
      ++goals;
      EXPECT_TRUE(judged.emplace(shown.case_name, shown.figure).second) << shown.figure;
      EXPECT_TRUE(goal_of(shown.case_name, shown.figure));
    }
    EXPECT_GT(goals, 0) << line.what << ": a line without a goal is none";
  }
}

TEST(GoalTable, MissesFiguresOfTheCasesThatRanAndOfNoOthers) {
  EXPECT_THAT(missing_figures(goal_lines(), report_of("idle", "CPU while idle", {0.1})),
              ElementsAre("idle: commit to request, median", "idle: commit to request, p99"));
  EXPECT_THAT(missing_figures(goal_lines(), {}), IsEmpty());
}

}  // namespace
}  // namespace keitaro_outbox::bench
