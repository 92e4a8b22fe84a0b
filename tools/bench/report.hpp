#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/samples.hpp"

namespace keitaro_outbox::bench {

/// What a figure should reach: by its median, or, where it is a promise, by each of its samples.
struct Goal {
  enum class Sense { at_least, at_most, never_above };
  Sense sense;
  double value;

  /// False where nothing was measured.
  bool reached(const Samples& samples) const {
    if (sense == Sense::at_least) return samples.median() >= value;
    return (sense == Sense::at_most ? samples.median() : samples.max()) <= value;
  }
};

inline Goal at_least(double value) {
  return {Goal::Sense::at_least, value};
}
inline Goal at_most(double value) {
  return {Goal::Sense::at_most, value};
}
inline Goal never_above(double value) {
  return {Goal::Sense::never_above, value};
}

/// "at least", "at most" or "never above".
const char* name_of(Goal::Sense sense);

/// One line of the table: a quantity, one sample for each round.
struct Figure {
  std::string name;
  std::string unit;
  Samples samples;
  std::optional<Goal> goal;
};

struct CaseReport {
  std::string name;
  std::string title;
  std::vector<Figure> figures;
  std::vector<std::string> notes;

  /// Adds a sample to the figure of that name, which the first sample makes, with its goal of goal_of().
  void add(const std::string& figure, const std::string& unit, double value);
  void note(const std::string& text);  ///< Once, however often it is said.
};

struct Report {
  std::vector<std::pair<std::string, std::string>> setting;  ///< What it was measured on, name and value.
  bool goals_apply = true;  ///< Not where sizes are too small to mean anything.
  std::vector<CaseReport> cases;
};

void write_table(std::ostream& out, const Report& report);

/// {"setting":{name:value},"cases":[{"name","title","figures":[{"name","unit","median","min","max","samples":[…],
/// "goal":{"sense","value","reached"}}],"notes":[…]}],"goals":[{"what","asked","verdict","figures":[{"case","figure"}]}]}.
/// What could not be measured is null. Where goals do not apply, "goals" and each "goal" are left out.
void write_json(std::ostream& out, const Report& report);

}  // namespace keitaro_outbox::bench
