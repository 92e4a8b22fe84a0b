#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>

#include "bench/goals.hpp"
#include "bench/report.hpp"
#include "bench/verdicts.hpp"

namespace keitaro_outbox::bench {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json figure_json(const Figure& figure, bool goals_apply) {
  const Samples& samples = figure.samples;
  Json json = {
      {"name", figure.name},          {"unit", figure.unit},          {"median", number(samples.median())},
      {"min", number(samples.min())}, {"max", number(samples.max())}, {"samples", Json::array()}};
  for (const double value : samples.values()) json["samples"].push_back(number(value));
  if (goals_apply && figure.goal) {
    json["goal"] = {{"sense", name_of(figure.goal->sense)},
                    {"value", figure.goal->value},
                    {"reached", figure.goal->reached(samples)}};
  }
  return json;
}

Json goal_json(const JudgedLine& judged) {
  Json figures = Json::array();
  for (const Shown& shown : judged.line->shown) {
    figures.push_back({{"case", shown.case_name}, {"figure", shown.figure}});
  }
  return {{"what", judged.line->what},
          {"asked", judged.line->asked},
          {"verdict", name_of(judged.verdict)},
          {"figures", figures}};
}

}  // namespace

void write_json(std::ostream& out, const Report& report) {
  Json json = {{"setting", Json::object()}, {"cases", Json::array()}};
  for (const auto& [name, value] : report.setting) json["setting"][name] = value;
  for (const CaseReport& one : report.cases) {
    Json figures = Json::array();
    for (const Figure& figure : one.figures) figures.push_back(figure_json(figure, report.goals_apply));
    json["cases"].push_back(
        {{"name", one.name}, {"title", one.title}, {"figures", figures}, {"notes", one.notes}});
  }
  if (report.goals_apply) {
    json["goals"] = Json::array();
    for (const JudgedLine& judged : judge(goal_lines(), report)) json["goals"].push_back(goal_json(judged));
  }
  out << json.dump(2) << "\n";
}

}  // namespace keitaro_outbox::bench
