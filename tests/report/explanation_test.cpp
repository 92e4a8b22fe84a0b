#include "report/explanation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "keitaro_outbox/version.hpp"
#include "report/row_words.hpp"

namespace keitaro_outbox::report {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr core::WallTime kNow{core::Millis{1'777'626'600'000}};

RowFacts pending_row() {
  RowFacts facts;
  facts.row.id = {7};
  facts.row.tracker = "default";
  facts.row.subid = "abc";
  facts.row.status = "sale";
  facts.row.created_at = kNow - 1h;
  facts.worker_running = true;
  facts.database = "app.db";
  facts.now = kNow;
  return facts;
}

std::vector<std::string> events(const RowFacts& facts) {
  std::vector<std::string> out;
  for (const StoryEvent& event : explain(facts).story)
    out.push_back(std::string(event.what) + ": " + event.text);
  return out;
}

std::vector<std::string> commands(const RowFacts& facts) {
  std::vector<std::string> out;
  for (const Advice& advice : explain(facts).advice) out.push_back(advice.command);
  return out;
}

struct WaitCase {
  const char* name;
  void (*change)(RowFacts&);
  std::vector<std::string> because;
  std::string next;
  std::optional<core::WallTime> next_try_at;
  std::string command;
};

void break_tracker(RowFacts& facts) {
  facts.condition.breaker = "open";
  facts.condition.next_try_at = kNow + 2s;
  facts.condition.reason = "HTTP 503";
}

class Waits : public testing::TestWithParam<WaitCase> {};

TEST_P(Waits, AreExplainedWithWhatWouldChangeThem) {
  RowFacts facts = pending_row();
  GetParam().change(facts);
  const Explanation explanation = explain(facts);
  std::vector<std::string> because;
  for (const Obstacle& obstacle : explanation.waits_because) because.emplace_back(obstacle.what);
  EXPECT_EQ(because, GetParam().because);
  EXPECT_EQ(explanation.next, GetParam().next);
  EXPECT_EQ(explanation.next_try_at, GetParam().next_try_at);
  EXPECT_THAT(commands(facts), testing::Contains(GetParam().command));
}

INSTANTIATE_TEST_SUITE_P(
    Table, Waits,
    testing::Values(
        WaitCase{"due",
                 [](RowFacts&) {},
                 {},
                 "as soon as it is its turn",
                 kNow,
                 "keitaro-outbox cancel --db app.db --id 7"},
        WaitCase{"queue",
                 [](RowFacts& f) { f.rows_before = 12; },
                 {"queue"},
                 "as soon as it is its turn",
                 kNow,
                 "keitaro-outbox cancel --db app.db --id 7"},
        WaitCase{"no_worker",
                 [](RowFacts& f) { f.worker_running = false; },
                 {"no_worker"},
                 "once a worker runs",
                 {},
                 "keitaro-outbox run --db app.db"},
        WaitCase{"scheduled",
                 [](RowFacts& f) { f.row.due_at = kNow + 10min; },
                 {"scheduled"},
                 "in 10m (2026-05-01 09:20:00 UTC)",
                 kNow + 10min,
                 "keitaro-outbox retry --db app.db --id 7"},
        WaitCase{"backoff",
                 [](RowFacts& f) {
                   f.row.due_at = kNow + 4s;
                   f.row.attempts = 2;
                 },
                 {"backoff"},
                 "in 4s (2026-05-01 09:10:04 UTC)",
                 kNow + 4s,
                 "keitaro-outbox retry --db app.db --id 7"},
        WaitCase{"behind",
                 [](RowFacts& f) {
                   f.earlier = f.row;
                   f.earlier->id = {3};
                 },
                 {"behind"},
                 "once row 3 is done",
                 {},
                 "keitaro-outbox explain 3 --db app.db"},
        WaitCase{"paused",
                 [](RowFacts& f) { f.condition.paused_at = kNow; },
                 {"paused"},
                 "once the tracker is resumed",
                 {},
                 "keitaro-outbox resume default --db app.db"},
        WaitCase{"breaker",
                 &break_tracker,
                 {"breaker"},
                 "once the tracker takes something in; one request tries it in 2s (2026-05-01 09:10:02 UTC)",
                 kNow + 2s,
                 "keitaro-outbox check --db app.db"},
        WaitCase{"flow",
                 [](RowFacts& f) {
                   f.rows_before = 7;
                   f.condition.reason = "takes in 48 % of requests, 31 in flight, limited by the tracker";
                 },
                 {"queue", "flow"},
                 "as soon as it is its turn",
                 kNow,
                 "keitaro-outbox cancel --db app.db --id 7"},
        WaitCase{"breaker_probing",
                 [](RowFacts& f) {
                   break_tracker(f);
                   f.condition.breaker = "probing";
                   f.condition.next_try_at.reset();
                 },
                 {"breaker"},
                 "once the tracker takes something in; one request tries it now",
                 {},
                 "keitaro-outbox check --db app.db"},
        WaitCase{"older_copy",
                 [](RowFacts& f) { f.groups_missing = 19; },
                 {"older_copy"},
                 "once the newer file is back, or a worker accepts this one with --resume-restored",
                 {},
                 "keitaro-outbox check --db app.db"},
        WaitCase{"all",
                 [](RowFacts& f) {
                   break_tracker(f);
                   f.worker_running = false;
                   f.condition.paused_at = kNow;
                   f.row.due_at = kNow + 1s;
                   f.rows_before = 9;
                 },
                 {"no_worker", "paused", "scheduled", "breaker"},
                 "once a worker runs",
                 {},
                 "keitaro-outbox run --db app.db"},
        WaitCase{"unknown",
                 [](RowFacts& f) {
                   f.outcome = Outcome{};
                   f.outcome->action = "wait";
                   f.outcome->reason = "the configuration lacks the tracker default";
                 },
                 {"unknown_tracker"},
                 "once the worker's configuration has the tracker",
                 {},
                 "keitaro-outbox check --db app.db"},
        WaitCase{"unknown_to_the_worker",
                 [](RowFacts& f) {
                   f.outcome.reset();
                   f.row.reason = "the configuration has no tracker named 'x'";
                 },
                 {"unknown_tracker"},
                 "once the worker's configuration has the tracker",
                 {},
                 "keitaro-outbox check --db app.db"},
        WaitCase{"set_aside_and_no_worker",
                 [](RowFacts& f) {
                   f.worker_running = false;
                   f.row.attempts = 1;
                   f.row.unrecorded = 1;
                   f.row.reason = "a trigger fails";
                 },
                 {"no_worker", "unrecorded"},
                 "once a worker runs",
                 {},
                 "keitaro-outbox run --db app.db"},
        WaitCase{"refused_then",
                 [](RowFacts& f) {
                   f.outcome = Outcome{};
                   f.outcome->action = "refuse";
                   f.outcome->word = "refused";
                   f.outcome->reason = "because";
                 },
                 {},
                 "as soon as it is its turn; as things stand it is then refused, not sent: because",
                 kNow,
                 "keitaro-outbox cancel --db app.db --id 7"}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

TEST(Explanation, TellsWhatHappenedInOrderOfTime) {
  RowFacts facts = pending_row();
  facts.row.state = core::State::delivered;
  facts.row.attempts = 4;
  facts.row.http_status = 200;
  facts.row.response = "OK";
  facts.row.finished_at = kNow - 1min;
  facts.failed_attempts = {{.attempt = 2,
                            .started_at = kNow - 50min,
                            .latency = 12ms,
                            .http_status = 503,
                            .error = "HTTP 503",
                            .response = "busy"},
                           {.attempt = 3,
                            .started_at = kNow - 40min,
                            .latency = 10s,
                            .http_status = {},
                            .error = "no answer",
                            .response = {}}};
  facts.conversion.emplace();
  facts.conversion->outbox_id = {9};
  facts.conversion->status = "rejected";
  facts.conversion->taken_in_at = kNow - 30s;
  EXPECT_THAT(events(facts),
              ElementsAre("written: written", "attempt_failed: try 2 failed after 12 ms: HTTP 503 \"busy\"",
                          "attempt_failed: try 3 failed after 10000 ms: no answer",
                          "attempt_failed: 1 more try is not on record any more",
                          "finished: delivered: HTTP 200 \"OK\"",
                          "taken_in: the tracker took in rejected, from row 9"));
  EXPECT_THAT(explain(facts).waits_because, IsEmpty());
  EXPECT_THAT(commands(facts), ElementsAre("keitaro-outbox retry --db app.db --id 7"));
}

TEST(Explanation, NamesTheLedgerEntryThatARefusedRowWasJudgedBy) {
  RowFacts facts = pending_row();
  facts.row.state = core::State::refused;
  facts.row.reason = "the tracker does not take a move from sale to lead";
  facts.row.finished_at = kNow;
  facts.conversion.emplace();
  facts.conversion->outbox_id = {3};
  facts.conversion->status = "sale";
  facts.conversion->payout = "12.5";
  facts.conversion->taken_in_at = kNow - 5s;
  EXPECT_THAT(
      events(facts),
      ElementsAre("written: written",
                  "taken_in: the tracker took in sale, payout 12.5, from row 3: by that this row was judged",
                  "finished: refused: the tracker does not take a move from sale to lead"));
}

TEST(Explanation, ARowThatWouldBeRefusedAgainIsAdvisedWhatHelps) {
  const struct {
    Cause cause;
    const char* command;
    const char* does;
  } rows[] = {
      {Cause::unknown_status, "keitaro-outbox retry --db app.db --id 7",
       R"(once the tracker's table has the status: statuses = { "sale" = "lead" })"},
      {Cause::no_template, "keitaro-outbox retry --db app.db --id 7", "once there is a template"},
      {Cause::move, "keitaro-outbox retry --db app.db --id 7", R"(allow_transitions = ["rejected->sale"])"},
      {Cause::rebill_without_tid,
       "keitaro-outbox add --db app.db --subid abc --status sale --tid TID --payout 9.90", "in place of TID"},
      {Cause::other, "keitaro-outbox list --subid abc --db app.db", "put right"},
  };
  for (const auto& row : rows) {
    RowFacts facts = pending_row();
    facts.row.state = core::State::refused;
    facts.row.payout = "9.90";
    facts.outcome_of_retry = Outcome{};
    facts.outcome_of_retry->action = "refuse";
    facts.outcome_of_retry->cause = row.cause;
    facts.outcome_of_retry->move = "rejected->sale";
    const auto advice = explain(facts).advice;
    ASSERT_EQ(advice.size(), 1U);
    EXPECT_EQ(advice[0].command, row.command);
    EXPECT_THAT(advice[0].does, HasSubstr(row.does));
  }
}

TEST(Explanation, PrintedCommandsNameTheConfigurationWhereTheyNeedIt) {
  RowFacts facts = pending_row();
  facts.worker_running = false;
  const auto first = [&] { return explain(facts).advice.at(0); };
  EXPECT_EQ(first().command + "|" + first().does,
            "keitaro-outbox run --db app.db|start a worker (with your --config or --to)");
  facts.place_flags = "--config my.toml";
  EXPECT_EQ(first().command + "|" + first().does,
            "keitaro-outbox run --db app.db --config my.toml|start a worker");
  facts.place_flags = "";  // The environment names it.
  EXPECT_EQ(first().command + "|" + first().does, "keitaro-outbox run --db app.db|start a worker");
}

TEST(Explanation, ATimeThatWasAskedForIsToldUntilATryReplacesIt) {
  RowFacts facts = pending_row();
  facts.row.due_at = kNow + 1h;
  EXPECT_THAT(events(facts), testing::Contains("scheduled: not to be sent before 2026-05-01 10:10:00 UTC"));
  facts.row.attempts = 2;
  EXPECT_THAT(events(facts), testing::Not(testing::Contains(HasSubstr("scheduled"))));
}

TEST(Explanation, TheRequestIsALineToPaste) {
  RowFacts facts = pending_row();
  facts.outcome = Outcome{};
  facts.outcome->action = "send";
  facts.outcome->url = "https://t.example/***/postback?subid=it's";
  EXPECT_EQ(explain(facts).curl, std::string("curl -sS -A keitaro-outbox/") + kVersion +
                                     " 'https://t.example/***/postback?subid=it'\\''s'");
  facts.database = "my app.db";
  EXPECT_THAT(commands(facts), ElementsAre("keitaro-outbox cancel --db 'my app.db' --id 7"));
}

TEST(ShellWord, IsQuotedWhereTheShellWouldTakeItApart) {
  const std::pair<std::string, std::string> rows[] = {
      {"app.db", "app.db"}, {"", "''"},           {"a b", "'a b'"},
      {"a'b", "'a'\\''b'"}, {"$HOME", "'$HOME'"}, {"/x/y-1_2.db", "/x/y-1_2.db"},
      {"a\nb", "'a\nb'"},   {"ä", "'ä'"},         {"~x", "'~x'"}};
  for (const auto& [text, word] : rows) EXPECT_EQ(shell_word(text), word);
}

}  // namespace
}  // namespace keitaro_outbox::report
