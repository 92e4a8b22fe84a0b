#include "bench/verdicts.hpp"

#include <algorithm>
#include <ostream>

#include "bench/readable.hpp"

namespace keitaro_outbox::bench {
namespace {

const CaseReport* find_case(const Report& report, std::string_view name) {
  const auto found = std::find_if(report.cases.begin(), report.cases.end(),
                                  [&](const CaseReport& one) { return one.name == name; });
  return found == report.cases.end() ? nullptr : &*found;
}

const Figure* find_figure(const Report& report, const Shown& shown) {
  const CaseReport* one = find_case(report, shown.case_name);
  if (one == nullptr) return nullptr;
  const auto found = std::find_if(one->figures.begin(), one->figures.end(),
                                  [&](const Figure& figure) { return figure.name == shown.figure; });
  return found == one->figures.end() || !(found->samples.median() == found->samples.median()) ? nullptr
                                                                                              : &*found;
}

Verdict verdict_of(const GoalLine& line, const std::vector<const Figure*>& figures) {
  Verdict verdict = Verdict::reached;
  for (std::size_t i = 0; i < figures.size(); ++i) {
    const auto& goal = line.shown[i].goal;
    if (!goal) continue;
    if (figures[i] == nullptr) {
      if (verdict == Verdict::reached) verdict = Verdict::not_measured;
    } else if (!goal->reached(figures[i]->samples)) {
      verdict = Verdict::missed;
    }
  }
  return verdict;
}

void write_measured(std::ostream& out, const Shown& shown, const Figure& figure) {
  const Samples& samples = figure.samples;
  const bool promise = shown.goal && shown.goal->sense == Goal::Sense::never_above;
  const char* bold = shown.goal ? "**" : "";
  out << shown.label << " " << bold << readable_number(promise ? samples.max() : samples.median()) << bold;
  // What is counted stands before the number already, and what is divided by is in the goal's own words.
  const std::string unit = figure.unit == "CPU s/1,000" ? "s" : figure.unit;
  if (unit != "times" && shown.label != unit) out << " " << unit;
  if (samples.size() > 1 && samples.min() != samples.max()) {
    out << " (" << readable_number(samples.min()) << "–" << readable_number(samples.max()) << ")";
  }
}

const char* shown_name_of(Verdict verdict, bool goals_apply) {
  if (!goals_apply) return "not judged";
  return verdict == Verdict::missed ? "**missed**" : name_of(verdict);
}

}  // namespace

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::reached:
      return "reached";
    case Verdict::missed:
      return "missed";
    case Verdict::not_measured:
      return "not measured";
  }
  return "";
}

std::vector<JudgedLine> judge(std::span<const GoalLine> lines, const Report& report) {
  std::vector<JudgedLine> judged;
  for (const GoalLine& line : lines) {
    std::vector<const Figure*> figures;
    for (const Shown& shown : line.shown) figures.push_back(find_figure(report, shown));
    const Verdict verdict = verdict_of(line, figures);
    judged.push_back({&line, std::move(figures), verdict});
  }
  return judged;
}

std::vector<std::string> missing_figures(std::span<const GoalLine> lines, const Report& report) {
  std::vector<std::string> missing;
  for (const GoalLine& line : lines) {
    for (const Shown& shown : line.shown) {
      if (find_case(report, shown.case_name) == nullptr || find_figure(report, shown) != nullptr) continue;
      missing.push_back(std::string(shown.case_name) + ": " + std::string(shown.figure));
    }
  }
  return missing;
}

void write_goals(std::ostream& out, const Report& report) {
  out << "| What | Goal | Measured | |\n|---|---|---|---|\n";
  for (const JudgedLine& judged : judge(goal_lines(), report)) {
    out << "| " << judged.line->what << " | " << judged.line->asked << " | ";
    bool first = true;
    for (std::size_t i = 0; i < judged.figures.size(); ++i) {
      if (judged.figures[i] == nullptr) continue;
      if (!std::exchange(first, false)) out << "; ";
      write_measured(out, judged.line->shown[i], *judged.figures[i]);
    }
    out << " | " << shown_name_of(judged.verdict, report.goals_apply) << " |\n";
  }
  out << "\n";
  bool first = true;
  for (const auto& [name, value] : report.setting) {
    out << (std::exchange(first, false) ? "" : " · ") << name << ": " << value;
  }
  out << "\n";
}

}  // namespace keitaro_outbox::bench
