#include "web/screens/screens.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "web/screens/chart.hpp"

namespace keitaro_outbox::web {
namespace {

using core::State;
using testing::HasSubstr;
using testing::Not;

const std::string kHostile = "<script>x</script>\"'&\n\x1b[31m\xff";
constexpr core::WallTime kNow = core::WallTime{core::Millis{1'800'000'000'000}};

report::TrackerView hostile_tracker() {
  report::TrackerView view;
  view.tracker = kHostile;
  view.known = false;
  view.condition.tracker = kHostile;
  view.condition.breaker = "open";
  view.condition.breaker_at = kNow;
  view.condition.paused_at = kNow;
  view.condition.reason = kHostile;
  view.rows = {3, 1, 1, 1, 1, 1};
  view.due = 3;
  view.pending_payout[kHostile] += *core::Amount::parse("12.5");
  return view;
}

Context hostile_context(bool acts) {
  auto picture = std::make_shared<Picture>();
  picture->at = kNow;
  picture->trouble = kHostile;
  picture->overview.at = kNow;
  picture->overview.worker_running = false;
  picture->overview.unsure = kHostile;
  picture->overview.trackers = {hostile_tracker()};
  picture->problems = {
      {.state = State::pending, .tracker = kHostile, .kind = kHostile, .text = kHostile, .rows = 2}};
  picture->verdicts = {{.tracker = kHostile, .text = kHostile, .conversions = 2, .money = {{kHostile, {}}}}};
  picture->rejects = {{.source = kHostile, .reason = kHostile, .count = 1}};
  Context context;
  context.now = kNow;
  context.version = "0.1";
  context.database = kHostile;
  context.acts = acts;
  context.settings = std::make_shared<config::Settings>();
  context.picture = picture;
  context.last_answers[kHostile] = {.at = kNow, .words = kHostile};
  return context;
}

std::vector<Document> all_screens(const Context& context) {
  ports::RowRecord row;
  row.id = {7};
  row.tracker = row.subid = row.status = kHostile;
  row.campaign = row.tid = row.payout = row.currency = row.params = row.event_id = row.response = row.reason =
      kHostile;
  report::RowFacts facts;
  facts.row = row;
  facts.now = kNow;
  facts.database = kHostile;
  ports::AttemptRecord attempt;
  attempt.error = kHostile;
  attempt.response = kHostile;
  facts.failed_attempts = {attempt};
  ClickFound found;
  found.asked = kHostile;
  found.rows = {facts};
  found.looked_down_to = core::OutboxId{1};
  ports::IntakeReject reject;
  reject.method = "GET";
  reject.source = reject.query = reject.body = reject.reason = kHostile;
  ports::RowPage page{.rows = {row}, .below = core::OutboxId{7}};
  RowsAsked asked;
  asked.filter.subid = asked.filter.reason = asked.filter.reason_kind = kHostile;
  asked.query = {{"subid", kHostile}};
  asked.mistake = kHostile;
  const ActionRecord record{
      .id = 1, .at = kNow, .actor = {kHostile, kHostile}, .what = kHostile, .result = kHostile};
  ports::ConversionRecord conversion;
  conversion.subid = conversion.tid = conversion.sent_status = kHostile;
  conversion.payout = conversion.currency = conversion.verdict_note = kHostile;
  conversion.verdict = core::Verdict::absent;
  core::DriftReport drift;
  core::DriftTotal& total = drift.totals.emplace_back();
  total.day = total.status = kHostile;
  total.our_money[kHostile] = {};
  core::DriftItem& item = drift.items.emplace_back();
  item.day = item.subid = item.tid = item.note = kHostile;
  auto compared = std::make_shared<Compared>();
  compared->trackers = {{kHostile, drift, {}}, {kHostile, std::nullopt, kHostile}};
  auto not_compared = std::make_shared<Compared>();
  not_compared->trouble = kHostile;
  return {now_screen(context),
          conversions_screen({.tracker = kHostile, .below = core::OutboxId{9}}, {conversion}, true, context),
          drift_screen({.going_on_since = {}, .last = compared}, context),
          drift_screen({.going_on_since = kNow, .last = not_compared}, context),
          trackers_screen(context),
          problems_screen(context),
          click_screen(found, context),
          rows_screen(asked, page, 100, context),
          rejects_screen({reject}, true, context),
          actions_screen(record, {record}, context),
          question_screen({.title = kHostile,
                           .what = kHostile,
                           .path = "/retry",
                           .back = "/",
                           .fields = {{"kind", kHostile}}},
                          context),
          message_screen(kHostile, kHostile, 404)};
}

TEST(Screens, NoValueFromOutsideBecomesMarkup) {
  const Context context = hostile_context(true);
  for (const Document& document : all_screens(context)) {
    const std::string html = page_response(document, context).body;
    EXPECT_THAT(html, Not(HasSubstr("<script>x"))) << document.title;
    EXPECT_THAT(html, Not(HasSubstr("\x1b"))) << document.title;
    EXPECT_THAT(html, Not(HasSubstr("\xff"))) << document.title;
    EXPECT_THAT(html, HasSubstr("&lt;script&gt;x")) << document.title << ": the value is shown";
  }
}

TEST(Screens, AReadOnlyPageHasNoForms) {
  const Context context = hostile_context(false);
  for (const Document& document : all_screens(context)) {
    const std::string html = page_response(document, context).body;
    EXPECT_THAT(html, Not(HasSubstr("method=\"post\""))) << document.title;
    EXPECT_THAT(html, Not(HasSubstr("href=\"/retry"))) << document.title;
    EXPECT_THAT(html, Not(HasSubstr("href=\"/cancel"))) << document.title;
    EXPECT_THAT(html, Not(HasSubstr("href=\"/replay"))) << document.title;
  }
}

TEST(Screens, DriftIsAskedForByAFormWhereATrackerCanBeAsked) {
  Context context = hostile_context(true);
  EXPECT_THAT(drift_screen({}, context).body.str(), Not(HasSubstr("<form")));
  auto settings = std::make_shared<config::Settings>();
  settings->trackers.emplace_back().read_back.emplace();
  context.settings = settings;
  EXPECT_THAT(drift_screen({}, context).body.str(), HasSubstr("action=\"/compare\""));
  const Document going_on = drift_screen({.going_on_since = kNow, .last = nullptr}, context);
  EXPECT_THAT(going_on.body.str(), Not(HasSubstr("<form")));
  EXPECT_TRUE(going_on.reload_soon);
  context.acts = false;
  EXPECT_THAT(drift_screen({}, context).body.str(), HasSubstr("verify --days"));
  EXPECT_THAT(drift_screen({}, context).body.str(), Not(HasSubstr("<form")));
}

TEST(Screens, OnlyWhatIsAbsentIsOfferedToBeSentAgain) {
  Context context = hostile_context(true);
  auto picture = std::make_shared<Picture>(*context.picture);
  picture->problems.clear();
  picture->verdicts.front().verdict = core::Verdict::differs;
  context.picture = picture;
  EXPECT_THAT(problems_screen(context).body.str(), Not(HasSubstr("href=\"/retry")));
  picture = std::make_shared<Picture>(*picture);
  picture->verdicts.front().verdict = core::Verdict::absent;
  context.picture = picture;
  EXPECT_THAT(problems_screen(context).body.str(), HasSubstr("href=\"/retry?verdict=absent"));
}

TEST(Screens, EveryAnswerForbidsWhatThePageDoesNotNeed) {
  const Context context = hostile_context(true);
  const auto response = page_response(now_screen(context), context);
  std::map<std::string, std::string> headers(response.headers.begin(), response.headers.end());
  EXPECT_THAT(headers["Content-Security-Policy"], testing::StartsWith("default-src 'none'; "));
  EXPECT_THAT(headers["Content-Security-Policy"], HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(headers["Content-Security-Policy"], Not(HasSubstr("unsafe")));
  EXPECT_EQ(headers["Cache-Control"], "no-store");
  EXPECT_EQ(headers["X-Content-Type-Options"], "nosniff");
}

TEST(Screens, BeforeTheFirstLookAPageSaysSoAndReloadsItself) {
  Context context = hostile_context(true);
  context.picture = nullptr;
  const std::string html = page_response(now_screen(context), context).body;
  EXPECT_THAT(html, HasSubstr("for the first time"));
  EXPECT_THAT(html, HasSubstr("http-equiv=\"refresh\""));
}

TEST(DayHistory, CountsWhatHappensAndAddsWhatTheStoreRemembers) {
  DayHistory history;
  EXPECT_TRUE(day_chart(history.day(kNow)).empty());
  history.add_delivered(kNow, 3);
  history.add_failed(kNow - core::Millis{1});
  history.add_delivered(kNow - std::chrono::hours{25});
  history.note_waiting(kNow, 9);
  ports::RecentPast past;
  past.whole = true;
  past.finished = {
      {.tracker = "default",
       .state = State::delivered,
       .finished_at = kNow - std::chrono::hours{2},
       .http_status = 200,
       .response = "OK"},
      {.tracker = "default", .state = State::delivered, .finished_at = kNow + std::chrono::hours{2}},
      {.tracker = "default",
       .state = State::dead,
       .finished_at = kNow - std::chrono::hours{3},
       .http_status = 422}};
  past.failed_attempts = {kNow - std::chrono::hours{2}};
  history.read(past, kNow);
  history.read(past, kNow);  // Once more: the same is not counted twice.
  const DayHistory::Day day = history.day(kNow);
  ASSERT_EQ(day.points.size(), DayHistory::kPoints);
  std::int64_t delivered = 0;
  std::int64_t failed = 0;
  for (const HistoryPoint& point : day.points) {
    delivered += point.delivered;
    failed += point.failed;
  }
  EXPECT_EQ(delivered, 4);
  EXPECT_EQ(failed, 2);
  EXPECT_EQ(day.points.back().waiting, 9);
  EXPECT_EQ(history.last_answers().at("default").words, "HTTP 200 \"OK\"");
  EXPECT_THAT(day_chart(day).str(), HasSubstr("4 delivered, 2 tries failed, at most 9 waiting."));
}

}  // namespace
}  // namespace keitaro_outbox::web
