#include <algorithm>
#include <array>
#include <span>

#include "cli/execute.hpp"
#include "cli/terminal/table.hpp"
#include "cli/verbs/known_tracker.hpp"
#include "config/load_settings.hpp"
#include "core/text/printable.hpp"
#include "report/drift_report.hpp"
#include "report/row_json.hpp"
#include "report/time_words.hpp"

namespace keitaro_outbox::cli {
namespace {

using core::DriftItem;
using core::Verdict;

constexpr std::size_t kMostTold = 50;
constexpr std::array kDoubtful{Verdict::differs, Verdict::absent, Verdict::unknowable};

std::int64_t of(const TrackerVerified::Counts& counts, Verdict verdict) {
  return counts[static_cast<std::size_t>(verdict)];
}

std::string name_of_conversion(const std::string& subid, const std::string& tid) {
  return core::printable(subid) + (tid.empty() ? "" : ", tid " + core::printable(tid));
}

report::Json json_of_counts(const TrackerVerified::Counts& counts, std::span<const Verdict> verdicts) {
  report::Json json = report::Json::object();
  for (const Verdict verdict : verdicts) json[std::string(core::name_of(verdict))] = of(counts, verdict);
  return json;
}

report::Json json_of_report(const TrackerVerified& report) {
  report::Json json{
      {"tracker", report.tracker},
      {"found", json_of_counts(report.found, core::kAllVerdicts)},
      {"in_doubt", json_of_counts(report.in_doubt, kDoubtful)},
      {"doubtful", report::Json::array()},
      {"requests", report.requests},
      {"trouble", report.trouble.empty() ? report::Json(nullptr) : report::Json(report.trouble)}};
  for (const TrackerVerified::Found& found : report.doubtful) {
    json["doubtful"].push_back({{"subid", found.subid},
                                {"tid", found.tid},
                                {"verdict", core::name_of(found.verdict)},
                                {"note", found.note}});
  }
  if (report.drift) report::add_drift(json, *report.drift);
  return json;
}

void print_found(const std::vector<TrackerVerified>& reports, const Surroundings& around) {
  Table table({{"tracker", false, 8},
               {"recorded", true, 0},
               {"differs", true, 0},
               {"absent", true, 0},
               {"unknowable", true, 0},
               {"asked again later", true, 0},
               {"requests", true, 0}});
  for (const TrackerVerified& report : reports) {
    const auto count = [&](Verdict verdict) { return report::grouped(of(report.found, verdict)); };
    table.add({report.tracker, count(Verdict::recorded), count(Verdict::differs), count(Verdict::absent),
               count(Verdict::unknowable), count(Verdict::unchecked), report::grouped(report.requests)});
  }
  table.print(around.out, around.line_width);
  for (const TrackerVerified& report : reports) {
    std::size_t told = 0;
    for (const TrackerVerified::Found& found : report.doubtful) {
      if (told++ == kMostTold) {
        around.out << "… and " << report.doubtful.size() - kMostTold << " more: --json has all\n";
        break;
      }
      around.out << core::name_of(found.verdict) << ": " << name_of_conversion(found.subid, found.tid) << ": "
                 << core::printable(found.note) << '\n';
    }
    for (const Verdict verdict : {Verdict::absent, Verdict::differs}) {
      const std::int64_t count = of(report.in_doubt, verdict);
      if (count == 0) continue;
      around.out << report::count_words(count, "conversion", "conversions") << " of "
                 << core::printable(report.tracker) << (verdict == Verdict::absent ? " absent" : " differing")
                 << " in all: `keitaro-outbox list --verdict " << core::name_of(verdict) << "`\n";
    }
  }
}

void print_drift(const TrackerVerified& report, const Surroundings& around) {
  around.out << core::printable(report.tracker) << '\n';
  Table table({{"day", false, 0},
               {"status", false, 6},
               {"ours", true, 0},
               {"money", true, 0},
               {"theirs", true, 0},
               {"money", true, 0}});
  for (const core::DriftTotal& total : report.drift->totals) {
    const bool same = total.ours == total.theirs;
    table.add({total.day,
               total.status,
               report::grouped(total.ours),
               report::drift_money(total.our_money),
               {report::grouped(total.theirs), same ? Tone::plain : Tone::warning},
               total.their_money.text()});
  }
  table.print(around.out, around.line_width);
  std::size_t told = 0;
  for (const DriftItem& item : report.drift->items) {
    if (told++ == kMostTold) {
      around.out << "… and " << report.drift->items.size() - kMostTold
                 << " more: --csv and --json have all\n";
      break;
    }
    around.out << item.day << "  " << report::words_for(item.kind) << ": "
               << name_of_conversion(item.subid, item.tid) << ": " << core::printable(item.note) << '\n';
  }
  if (report.drift->items.empty()) around.out << "no conversion is different\n";
}

void print_csv(const std::vector<TrackerVerified>& reports, const Surroundings& around) {
  std::vector<report::TrackerDrift> trackers;
  for (const TrackerVerified& report : reports)
    trackers.push_back({report.tracker, report.drift, report.trouble});
  around.out << report::drift_csv(trackers);
}

bool is_not_as_sent(const TrackerVerified& report) {
  if (report.drift)
    return report.drift->any_of(DriftItem::Kind::differs) || report.drift->any_of(DriftItem::Kind::missing);
  return of(report.in_doubt, Verdict::absent) + of(report.in_doubt, Verdict::differs) > 0;
}

}  // namespace

ExitCode execute(const Verify& args, const Command& command, const Surroundings& around) {
  const config::Settings settings = config::load_settings(args.choice.overrides, around.environment);
  config::require_trackers(settings);
  require_known_tracker(args.tracker, args.choice, command, around);
  const std::vector<TrackerVerified> reports = around.services.verify({.database = command.database,
                                                                       .tracker = args.tracker,
                                                                       .days = args.days,
                                                                       .newer_than = args.newer_than,
                                                                       .now = around.now},
                                                                      settings);
  if (command.json) {
    report::Json json = report::Json::array();
    for (const TrackerVerified& report : reports) json.push_back(json_of_report(report));
    report::print_json(around.out, json);
  } else if (args.csv) {
    print_csv(reports, around);
  } else if (args.days) {
    for (const TrackerVerified& report : reports)
      if (report.drift) print_drift(report, around);
  } else {
    print_found(reports, around);
  }
  around.out.flush();
  for (const TrackerVerified& report : reports) {
    if (report.trouble.empty()) continue;
    around.err << "keitaro-outbox: " << core::printable(report.tracker)
               << " could not be asked: " << core::printable(report.trouble) << '\n';
  }
  if (std::ranges::any_of(reports, is_not_as_sent)) return kNotAsSent;
  const auto troubled = [](const TrackerVerified& report) { return !report.trouble.empty(); };
  return std::ranges::any_of(reports, troubled) ? kCouldNotAsk : kDone;
}

}  // namespace keitaro_outbox::cli
