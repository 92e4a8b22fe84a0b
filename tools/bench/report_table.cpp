#include <algorithm>
#include <cmath>
#include <ostream>

#include "bench/readable.hpp"
#include "bench/report.hpp"

namespace keitaro_outbox::bench {
namespace {

constexpr std::size_t kUnitWidth = 13;
constexpr std::size_t kNumberWidth = 12;

std::string on_the_left(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string on_the_right(const std::string& text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

std::string goal_text(const Figure& figure) {
  if (!figure.goal) return "";
  const char* verdict = std::isnan(figure.samples.median())    ? "not measured"
                        : figure.goal->reached(figure.samples) ? "reached"
                                                               : "MISSED";
  return std::string(name_of(figure.goal->sense)) + " " + readable_number(figure.goal->value) + ": " +
         verdict;
}

void write_figure(std::ostream& out, const Figure& figure, std::size_t name_width, bool goals_apply) {
  const Samples& samples = figure.samples;
  out << "  " << on_the_left(figure.name, name_width) << on_the_left(figure.unit, kUnitWidth);
  for (const double value : {samples.median(), samples.min(), samples.max()}) {
    out << on_the_right(readable_number(value), kNumberWidth);
  }
  if (goals_apply && figure.goal) out << "   " << goal_text(figure);
  out << "\n";
}

}  // namespace

void write_table(std::ostream& out, const Report& report) {
  std::size_t name_width = 0;
  for (const CaseReport& one : report.cases) {
    for (const Figure& figure : one.figures) name_width = std::max(name_width, figure.name.size() + 2);
    const std::size_t heading = one.name.size() + one.title.size() + 2;  // Stands above the unit as well.
    name_width = std::max(name_width, heading > kUnitWidth ? heading - kUnitWidth : 0);
  }
  for (const auto& [name, value] : report.setting) out << on_the_left(name, 11) << value << "\n";
  for (const CaseReport& one : report.cases) {
    out << "\n" << on_the_left(one.name + ": " + one.title, name_width + 2 + kUnitWidth);
    for (const char* column : {"median", "min", "max"}) out << on_the_right(column, kNumberWidth);
    out << "\n";
    for (const Figure& figure : one.figures) write_figure(out, figure, name_width, report.goals_apply);
    for (const std::string& note : one.notes) out << "  (" << note << ")\n";
  }
}

}  // namespace keitaro_outbox::bench
