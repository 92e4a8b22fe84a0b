#include "cli/terminal/status_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/text/printable.hpp"
#include "report/row_json.hpp"
#include "report/status/status_json.hpp"

namespace keitaro_outbox::cli {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr core::WallTime kNow{core::Millis{1'777'626'600'000}};

void count(report::TrackerView& view, core::State state, std::int64_t rows) {
  view.rows[static_cast<std::size_t>(state)] = rows;
}

report::TrackerView tracker(const std::string& name) {
  report::TrackerView view;
  view.tracker = name;
  return view;
}

/// A tracker in all kinds of trouble.
report::TrackerView troubled(const std::string& name) {
  report::TrackerView view = tracker(name);
  count(view, core::State::pending, 1203);
  count(view, core::State::delivered, 4'000'123);
  count(view, core::State::refused, 3);
  count(view, core::State::dead, 1);
  view.due = 1000;
  view.in_backoff = 200;
  view.scheduled = 2;
  view.behind = 1;
  view.oldest_due_at = kNow - 243s;
  view.next_retry_at = kNow + 2s;
  view.pending_payout["usd"] += core::Amount::parse("12500.50").value();
  view.pending_payout[""] += core::Amount::parse("3").value();
  view.pending_reasons.add("HTTP 503; attempt 1 of 20, next try in 1s", 200);
  view.refused_reasons.add("the tracker does not take a move from sale to lead", 3);
  view.dead_reasons.add("HTTP 422; given up after attempt 3 of 3");
  view.condition.breaker = "open";
  view.condition.breaker_at = kNow - 192s;
  view.condition.next_try_at = kNow + 2s;
  view.condition.reason = "HTTP 503";
  return view;
}

report::Overview overview_of(std::vector<report::TrackerView> trackers) {
  report::Overview overview;
  overview.at = kNow;
  overview.worker_running = true;
  overview.trackers = std::move(trackers);
  overview.pending_read_at = overview.finished_read_at = kNow;
  return overview;
}

std::vector<std::string> lines(const report::Overview& overview, std::size_t width = 80,
                               bool watching = false) {
  std::vector<std::string> out;
  for (const Line& line : status_page(overview, width, watching)) out.push_back(Paint().text_of(line, width));
  return out;
}

TEST(StatusPage, TellsATroubledTrackerAtAGlance) {
  EXPECT_THAT(
      lines(overview_of({troubled("default")})),
      ElementsAre("worker: running",
                  "default: fails for all, sending is stopped for 3m 12s; next try in 2s: HTTP 503",  //
                  "",                                                                                 //
                  "tracker  pending  delivered  duplicate  refused  dead  cancelled",                 //
                  "default     1203    4000123          0        3     1          0",                 //
                  "",                                                                                 //
                  "waiting   due  oldest  backoff  scheduled  behind",                                //
                  "default  1000   4m 3s      200          2       1",                                //
                  "next retry: in 2s",                                                                //
                  "",                                                                                 //
                  "money waiting, default: 3 without currency, 12500.5 usd",                          //
                  "",                                                                                 //
                  "rows  state    tracker  why",                                                      //
                  " 200  pending  default  HTTP 503",                                                 //
                  "   3  refused  default  the tracker does not take a move from sale to lead",       //
                  "   1  dead     default  HTTP 422"));
}

TEST(StatusPage, NoRetryIsForetoldWhereFailedRowsAreDueAgain) {
  report::TrackerView view = troubled("default");
  view.in_backoff = 0;
  view.next_retry_at = kNow - 5s;
  EXPECT_THAT(lines(overview_of({view})), Not(testing::Contains(HasSubstr("next retry"))));
}

TEST(StatusPage, SaysLittleWhereAllIsDone) {
  report::TrackerView view = tracker("default");
  count(view, core::State::delivered, 3);
  EXPECT_THAT(
      lines(overview_of({view})),
      ElementsAre("worker: running", "", "tracker  pending  delivered  duplicate  refused  dead  cancelled",
                  "default        0          3          0        0     0          0"));
  EXPECT_THAT(lines(overview_of({})), ElementsAre("worker: running", "the outbox is empty"));
}

TEST(StatusPage, WatchedItTellsThePace) {
  report::TrackerView busy = troubled("busy");
  busy.pace = report::Pace{.finished_per_second = 43.24, .drained_in = 28s, .grows = false};
  report::TrackerView flooded = troubled("flooded");
  flooded.pace = report::Pace{.finished_per_second = 0.5, .drained_in = std::nullopt, .grows = true};
  report::TrackerView idle = tracker("idle");
  idle.pace = report::Pace{};
  const auto page = lines(overview_of({busy, flooded, idle}), 80, true);
  EXPECT_THAT(
      page, testing::IsSupersetOf({"waiting   due  oldest  backoff  scheduled  behind  a second  empty in",
                                   "busy     1000   4m 3s      200          2       1        43       28s",
                                   "flooded  1000   4m 3s      200          2       1       0.5     grows",
                                   "idle        0       -        0          0       0         0         -"}));
}

TEST(StatusPage, AnOlderCopyIsSaidWatchedOrNotAndWithoutRowsToo) {
  report::Overview overview = overview_of({tracker("t")});
  overview.groups_missing = 1;
  const std::string said =
      "the database is an older copy, nothing is sent: `keitaro-outbox check` says what to do (1 group of "
      "outcomes is missing)";
  EXPECT_EQ(lines(overview, 200).at(1), said);
  EXPECT_EQ(lines(overview, 200, true).at(1), said);
  overview.trackers.clear();
  EXPECT_EQ(lines(overview, 200).at(1), said);
  overview.groups_missing = 0;
  EXPECT_EQ(lines(overview, 200).at(1), "the outbox is empty");
}

TEST(StatusPage, BreakerAndPauseInWords) {
  const auto said = [](ports::TrackerCondition condition, bool worker) {
    report::TrackerView view = tracker("t");
    view.condition = std::move(condition);
    report::Overview overview = overview_of({view});
    overview.worker_running = worker;
    return lines(overview, 200).at(1);
  };
  const auto breaker = [](std::string phase) {
    ports::TrackerCondition condition;
    condition.breaker = std::move(phase);
    condition.breaker_at = kNow - 5s;
    condition.next_try_at = kNow - 1s;
    return condition;
  };
  EXPECT_EQ(said(breaker("open"), true), "t: fails for all, sending is stopped for 5s; next try now");
  EXPECT_EQ(said(breaker("open"), false),
            "t: fails for all, sending is stopped for 5s (when a worker last ran)");
  EXPECT_EQ(said(breaker("probing"), true), "t: fails for all for 5s, one request is trying it");
  EXPECT_EQ(said(breaker("ramping"), true), "t: takes postbacks again, the load grows step by step for 5s");
  ports::TrackerCondition flow;
  flow.reason = "takes in 48 % of requests, 31 in flight, limited by the tracker: it refuses more";
  EXPECT_EQ(said(flow, true), "t: " + *flow.reason);
  EXPECT_THAT(said(flow, false), testing::Not(testing::HasSubstr("48 %")));
  ports::TrackerCondition paused;
  paused.paused_at = kNow - 2h;
  EXPECT_EQ(said(paused, true), "t: paused for 2h: `keitaro-outbox resume t` lets it go on");
  paused.paused_at = core::wall_time(1);
  EXPECT_EQ(said(paused, true), "t: paused: `keitaro-outbox resume t` lets it go on");
}

TEST(StatusPage, FitsAnyWidthAndLetsNothingThrough) {
  report::TrackerView view = troubled("世界e\u0301\x1b[2J" + std::string(60, 't'));
  view.condition.reason = "evil \x1b]0;x\x07 " + std::string(200, 'r');
  view.dead_reasons.add(std::string(300, 'z') + "\n");
  view.pace = report::Pace{.finished_per_second = 1'234'567, .drained_in = 24h * 900, .grows = false};
  for (const std::size_t width :
       {std::size_t{1}, std::size_t{20}, std::size_t{40}, std::size_t{79}, std::size_t{80}}) {
    for (const std::string& line : lines(overview_of({view, troubled("b")}), width, true)) {
      EXPECT_LE(core::display_width(line), width) << line;
      EXPECT_THAT(line, Not(HasSubstr("\x1b")));
    }
  }
}

TEST(StatusPage, WhatIsNotOfThisMomentOrNotAllIsMarked) {
  report::Overview overview = overview_of({troubled("default")});
  overview.finished_read_at = overview.pending_read_at = kNow - 40s;
  EXPECT_THAT(lines(overview),
              testing::IsSupersetOf({"delivered, duplicate and cancelled rows were counted 40s ago",
                                     "money and reasons of pending rows were read 40s ago"}));
  overview.finished_whole = overview.pending_whole = false;
  const auto page = lines(overview);
  EXPECT_THAT(page,
              testing::IsSupersetOf({"default     1203   ≥4000123         ≥0        3     1         ≥0",
                                     "money waiting, default: 3 without currency, 12500.5 usd and more",
                                     "≥: these rows were not counted to the end; --exact counts them all"}));
  EXPECT_THAT(lines(overview, 80, true),
              testing::Contains("≥: delivered, duplicate and cancelled rows are still being counted"));
}

TEST(StatusPage, AsJsonHasAmountsAsText) {
  const auto json =
      nlohmann::ordered_json::parse(report::status_json(overview_of({troubled("default")})).page());
  const auto& view = json["trackers"][0];
  EXPECT_EQ(view["pending_payout"].dump(),
            R"([{"currency":null,"amount":"3"},{"currency":"usd","amount":"12500.5"}])");
  EXPECT_EQ(view["breaker"]["phase"], "open");
  EXPECT_EQ(view["breaker"]["reason"], "HTTP 503");
  EXPECT_EQ(view["reasons"]["dead"].dump(), R"([{"reason":"HTTP 422","rows":1}])");
  EXPECT_EQ(view["due"].get<int>() + view["in_backoff"].get<int>() + view["scheduled"].get<int>() +
                view["behind"].get<int>(),
            view["pending"].get<int>());
  EXPECT_TRUE(view["pace"].is_null());
}

TEST(StatusPage, IsWhatTheReadmeShows) {
  report::TrackerView view = troubled("default");
  count(view, core::State::duplicate, 12);
  view.next_scheduled_at = kNow + 24h * 7;
  view.pending_payout.erase("");
  view.pending_payout["eur"] += core::Amount::parse("300").value();
  view.refused_reasons = {};
  view.refused_reasons.add(
      "the tracker does not take a move from sale to lead (allow_transitions can add it)", 3);
  view.dead_reasons = {};
  view.dead_reasons.add("the tracker refused it with HTTP 422; given up after attempt 3 of 3");
  view.pace = report::Pace{};
  std::string shown;
  for (const std::string& line : lines(overview_of({view}), 80, true)) shown += line + "\n";

  std::ifstream file(std::string(KEITARO_OUTBOX_SOURCE_DIR) + "/docs/monitoring.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  const std::size_t begin = page.find('\n', page.find("q quits  app.db"));
  ASSERT_NE(begin, std::string::npos);
  EXPECT_EQ(page.substr(begin + 1, page.find("```", begin) - begin - 1), shown);
}

TEST(Paint, ColoursWhatIsLeftOfALineAndNoMore) {
  const Line line{{"dead ", Tone::bad}, {"plain "}, {"世界", Tone::good}, "  "};
  EXPECT_EQ(Paint(false).text_of(line, 80), "dead plain 世界");
  EXPECT_EQ(Paint(true).text_of(line, 80), "\x1b[31mdead \x1b[0mplain \x1b[32m世界\x1b[0m");
  EXPECT_EQ(Paint(true).text_of(line, 14), "\x1b[31mdead \x1b[0mplain \x1b[32m世\x1b[0m…");
  EXPECT_EQ(Paint(true).text_of(line, 4), "\x1b[31mdea\x1b[0m…");
  EXPECT_EQ(Paint(true).text_of({}, 4), "");
}

}  // namespace
}  // namespace keitaro_outbox::cli
