#include "bench/report.hpp"

#include <algorithm>

#include "bench/goals.hpp"

namespace keitaro_outbox::bench {

const char* name_of(Goal::Sense sense) {
  switch (sense) {
    case Goal::Sense::at_least:
      return "at least";
    case Goal::Sense::at_most:
      return "at most";
    case Goal::Sense::never_above:
      return "never above";
  }
  return "";
}

void CaseReport::add(const std::string& figure, const std::string& unit, double value) {
  auto found =
      std::find_if(figures.begin(), figures.end(), [&](const Figure& f) { return f.name == figure; });
  if (found == figures.end()) {
    figures.push_back({figure, unit, {}, goal_of(name, figure)});
    found = std::prev(figures.end());
  }
  found->samples.add(value);
}

void CaseReport::note(const std::string& text) {
  if (std::find(notes.begin(), notes.end(), text) == notes.end()) notes.push_back(text);
}

}  // namespace keitaro_outbox::bench
