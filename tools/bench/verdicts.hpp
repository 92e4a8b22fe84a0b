#pragma once

#include <iosfwd>
#include <span>
#include <string_view>
#include <vector>

#include "bench/goals.hpp"
#include "bench/report.hpp"

namespace keitaro_outbox::bench {

enum class Verdict { reached, missed, not_measured };

/// "reached", "missed" or "not measured".
const char* name_of(Verdict verdict);

/// A line of the table of goals with what was measured for it.
struct JudgedLine {
  const GoalLine* line;
  std::vector<const Figure*> figures;  ///< In the order of `line->shown`; null where it was not measured.
  Verdict verdict;                     ///< Missed where one of its goals is; reached where all are.
};

/// Pointers into `lines` and `report`.
std::vector<JudgedLine> judge(std::span<const GoalLine> lines, const Report& report);

/// Figures of the table of goals that the cases of `report` should have measured and have not, as
/// "case: figure". Empty unless a name is wrong, or a case was cut short.
std::vector<std::string> missing_figures(std::span<const GoalLine> lines, const Report& report);

/// The table of goals with the figures beside each goal, as a README shows it: median, and in brackets
/// minimum and maximum where there was more than one round.
void write_goals(std::ostream& out, const Report& report);

}  // namespace keitaro_outbox::bench
