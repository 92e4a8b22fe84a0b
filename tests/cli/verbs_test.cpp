#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "app/command_services.hpp"
#include "cli/execute.hpp"
#include "cli/terminal/styled.hpp"
#include "sqlite/base/connection.hpp"
#include "sqlite/base/database.hpp"
#include "temp_folder.hpp"

namespace keitaro_outbox::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* kTo = "https://t.example/s3cretKey/postback";

/// The command as a user sees it, on a database of the test's own. Nothing here reaches the network.
class Verbs : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(ko({"init"}), kDone) << err_; }

  int ko(std::vector<std::string> arguments) {
    std::ostringstream out;
    std::ostringstream err;
    arguments.insert(arguments.end(), {"--db", database_});
    const auto now = std::chrono::floor<core::Millis>(std::chrono::system_clock::now());
    const int code = run_command_line(
        arguments, {out, err, services_, [](const std::string&) { return std::nullopt; }, now, 80});
    out_ = out.str();
    err_ = err.str();
    return code;
  }

  nlohmann::json json(std::vector<std::string> arguments) {
    arguments.push_back("--json");
    EXPECT_EQ(ko(std::move(arguments)), kDone) << err_;
    return nlohmann::json::parse(out_);
  }

  void sql(const std::string& text) { sqlite::Connection(database_).database().exec(text); }

  std::string value(const std::string& text) {
    sqlite::Connection connection(database_);
    SQLite::Statement statement = sqlite::prepare(connection.database(), text);
    sqlite::Run run(statement);
    return run.step() ? run.text(0) : std::string();
  }

  std::string states() {
    return value("SELECT group_concat(state, ' ') FROM (SELECT state FROM outbox ORDER BY id)");
  }

  app::CommandServices services_;
  TempFolder folder_;
  std::string database_ = folder_.file("app.db");
  std::string out_;
  std::string err_;
};

TEST_F(Verbs, InitTwiceIsHarmless) {
  EXPECT_EQ(ko({"init"}), kDone);
  EXPECT_THAT(out_, HasSubstr("nothing to do"));
}

TEST_F(Verbs, AddPrintsTheIdAndKeepsWhatWasSaid) {
  ASSERT_EQ(ko({"add", "--subid", "abc", "--status", "sale", "--tid", "t", "--payout", "12.50", "--currency",
                "usd", "--params", "{\"z\":1.50}", "--param", "sub_id_1=a=b", "--due-at", "5"}),
            kDone)
      << err_;
  EXPECT_EQ(out_, "1\n");
  EXPECT_EQ(value("SELECT subid || status || tid || payout || currency || params || due_at FROM outbox"),
            "abcsalet12.50usd{\"sub_id_1\":\"a=b\",\"z\":\"1.50\"}5");
}

TEST_F(Verbs, AddOfAnEventThatIsThereSaysWhichRowHasIt) {
  ASSERT_EQ(ko({"add", "--subid", "a", "--status", "lead"}), kDone);
  ASSERT_EQ(ko({"add", "--subid", "abc", "--status", "sale", "--event-id", "e"}), kDone);
  EXPECT_EQ(ko({"add", "--subid", "abc", "--status", "sale", "--event-id", "e"}), kDone);
  EXPECT_EQ(out_, "already there: row 2 has this event id\n");
  EXPECT_EQ(json({"add", "--subid", "abc", "--status", "sale", "--event-id", "e"}),
            (nlohmann::json{{"id", 2}, {"added", false}}));
}

TEST_F(Verbs, AddOfARowThatBreaksARuleIsOneLine) {
  for (const auto& [flag, text] : std::map<std::string, std::string>{
           {"--payout", "1,5"}, {"--currency", "dollar"}, {"--params", "[1]"}, {"--param", "status=x"}}) {
    EXPECT_EQ(ko({"add", "--subid", "a", "--status", "lead", flag, text}), kWrongUsage) << flag;
    EXPECT_THAT(err_, AllOf(StartsWith("keitaro-outbox: "), HasSubstr(flag.substr(2)))) << flag;
    EXPECT_EQ(std::count(err_.begin(), err_.end(), '\n'), 1) << err_;
  }
  EXPECT_EQ(ko({"add", "--subid", "{click}", "--status", "lead"}), kWrongUsage);
  EXPECT_THAT(err_, HasSubstr("macro that was not filled in"));
  EXPECT_EQ(states(), "");
}

TEST_F(Verbs, AddWarnsOfAStatusThatNobodyKnows) {
  EXPECT_EQ(ko({"add", "--subid", "a", "--status", "sael"}), kDone);
  EXPECT_THAT(err_, HasSubstr("'sael'"));
  EXPECT_EQ(ko({"add", "--subid", "a", "--status", " Approve "}), kDone);
  EXPECT_THAT(err_, IsEmpty());
}

TEST_F(Verbs, ListFitsEightyColumnsAndLetsNothingThrough) {
  sql("INSERT INTO outbox (subid, status, reason, tracker, state) VALUES ('evil' || char(27) || '[2J' || "
      "char(10), "
      "'lead', printf('%.300c', 'r'), printf('%.40c', 't'), 'dead')");
  ASSERT_EQ(ko({"list"}), kDone);
  EXPECT_EQ(std::count(out_.begin(), out_.end(), '\n'), 2);
  EXPECT_EQ(out_.find('\x1b'), std::string::npos);
  std::istringstream lines(out_);
  for (std::string line; std::getline(lines, line);) {
    const auto cuts = std::count(line.begin(), line.end(), '\xe2');
    EXPECT_LE(line.size(), 80U + 2U * static_cast<std::size_t>(cuts)) << line;
  }
}

TEST_F(Verbs, ListIsNewestFirstAndReadsOnFromAnId) {
  sql("INSERT INTO outbox (subid, status, tracker, state) VALUES ('a','lead','x','dead'), "
      "('b','lead','y','pending'), "
      "('c','lead','x','pending'), ('d','lead','x','pending')");
  const auto ids = [&](std::vector<std::string> arguments) {
    std::vector<int> out;
    arguments.insert(arguments.begin(), "list");
    for (const auto& row : json(std::move(arguments))) out.push_back(row["id"]);
    return out;
  };
  EXPECT_EQ(ids({}), (std::vector{4, 3, 2, 1}));
  EXPECT_EQ(ids({"--limit", "2"}), (std::vector{4, 3}));
  EXPECT_EQ(ids({"--since", "2"}), (std::vector{3, 4}));
  EXPECT_EQ(ids({"--state", "pending", "--tracker", "x"}), (std::vector{4, 3}));
  EXPECT_EQ(ids({"--state", "refused"}), (std::vector<int>{}));
}

TEST_F(Verbs, ListFilters) {
  const auto now = std::chrono::floor<core::Millis>(std::chrono::system_clock::now());
  const auto ago = [&](std::chrono::hours hours) { return std::to_string(core::unix_millis(now - hours)); };
  using std::chrono::hours;
  sql("INSERT INTO outbox (subid, status, tracker, campaign, state, reason, created_at, finished_at, due_at, "
      "waits_for) VALUES"
      "('a','lead','x','c1','dead','HTTP 422; given up'," +
      ago(hours{9}) + "," + ago(hours{1}) +
      ",0,NULL),"
      "('b','lead','y','c1','dead','no answer'," +
      ago(hours{9}) + "," + ago(hours{5}) +
      ",0,NULL),"
      "('b','lead','x','c2','pending','HTTP 503'," +
      ago(hours{3}) +
      ",NULL,5,NULL),"
      "('c','lead','x',NULL,'pending',NULL," +
      ago(hours{1}) +
      ",NULL,0,NULL),"
      "('c','lead','x','c1','pending',NULL," +
      ago(hours{1}) +
      ",NULL,7,4),"
      "('d','lead','x',NULL,'delivered',NULL," +
      ago(hours{9}) + "," + ago(hours{8}) + ",0,NULL)");
  const struct {
    std::vector<std::string> flags;
    std::vector<int> ids;
  } rows[] = {
      {{}, {6, 5, 4, 3, 2, 1}},
      {{"--oldest-first"}, {1, 2, 3, 4, 5, 6}},
      {{"--oldest-first", "--limit", "2"}, {1, 2}},
      {{"--state", "pending"}, {5, 4, 3}},
      {{"--state", "pending", "--oldest-first"}, {3, 4, 5}},
      {{"--state", "pending", "--since", "3"}, {4, 5}},
      {{"--state", "pending", "--campaign", "c1"}, {5}},
      {{"--state", "dead"}, {2, 1}},
      {{"--state", "dead", "--oldest-first", "--limit", "1"}, {1}},
      {{"--state", "dead", "--since", "1"}, {2}},
      {{"--state", "refused"}, {}},
      {{"--campaign", "c1"}, {5, 2, 1}},
      {{"--subid", "b"}, {3, 2}},
      {{"--subid", "b", "--tracker", "x"}, {3}},
      {{"--reason", "http"}, {3, 1}},
      {{"--reason", "HTTP 422", "--state", "dead"}, {1}},
      {{"--reason", "503", "--state", "pending"}, {3}},
      {{"--reason", "%"}, {}},
      {{"--older-than", "4h"}, {6, 2}},
      {{"--newer-than", "2h"}, {5, 4, 1}},
      {{"--older-than", "2h", "--newer-than", "6h"}, {3, 2}},
      {{"--older-than", "2h", "--state", "pending"}, {3}},
      {{"--newer-than", "2h", "--state", "dead"}, {1}},
  };
  for (const auto& row : rows) {
    std::vector<std::string> arguments{"list"};
    arguments.insert(arguments.end(), row.flags.begin(), row.flags.end());
    std::vector<int> ids;
    for (const auto& entry : json(arguments)) ids.push_back(entry["id"]);
    EXPECT_EQ(ids, row.ids) << testing::PrintToString(row.flags);
  }
}

TEST_F(Verbs, ListTellsRowsOfEachFinishedStateApart) {
  sql("INSERT INTO outbox (subid, status, state) VALUES ('a', 'lead', 'cancelled'), ('b', 'lead', "
      "'duplicate'),"
      " ('c', 'lead', 'refused'), ('d', 'lead', 'delivered'), ('a', 'lead', 'cancelled'), ('b', 'lead', "
      "'duplicate')");
  const auto ids = [&](const char* state, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"list", "--state", state});
    std::vector<int> out;
    for (const auto& row : json(std::move(arguments))) out.push_back(row["id"]);
    return out;
  };
  const std::map<const char*, std::vector<int>> all{
      {"cancelled", {1, 5}}, {"duplicate", {2, 6}}, {"refused", {3}}, {"delivered", {4}}, {"dead", {}}};
  for (const auto& [state, oldest_first] : all) {
    EXPECT_EQ(ids(state, {"--oldest-first"}), oldest_first) << state;
    EXPECT_EQ(ids(state, {}), std::vector<int>(oldest_first.rbegin(), oldest_first.rend())) << state;
  }
  EXPECT_EQ(ids("cancelled", {"--since", "1"}), std::vector{5});
  EXPECT_EQ(ids("duplicate", {"--limit", "1"}), std::vector{6});
  EXPECT_EQ(ids("duplicate", {"--subid", "a"}), std::vector<int>{});
}

TEST_F(Verbs, ExplainTellsWhyARowWaitsWithoutTheKey) {
  sql("INSERT INTO outbox (subid, status, payout) VALUES ('abc', 'approve', '12.50'), ('abc', 'cancel', "
      "NULL);"
      "INSERT INTO outbox_trackers (tracker, paused_at, breaker, reason) VALUES ('default', 5, 'open', 'HTTP "
      "503')");
  ASSERT_EQ(ko({"explain", "2", "--to", kTo}), kDone) << err_;
  EXPECT_THAT(
      out_, AllOf(StartsWith("row 2: cancel of click abc to default, pending\n"), HasSubstr("no worker runs"),
                  HasSubstr("the tracker is paused"), HasSubstr("row 1 of the same click goes first"),
                  HasSubstr("stopped:\n                         HTTP 503\n") /* at 80 columns */,
                  HasSubstr("  # let the tracker go on\n  keitaro-outbox resume default --db "),
                  HasSubstr("'https://t.example/***/postback?subid=abc&status=rejected&return=OK'")));
  EXPECT_EQ(out_.find("s3cretKey"), std::string::npos);
  const auto explained = json({"explain", "1", "--to", kTo});
  EXPECT_EQ(explained["row"]["id"], 1);
  EXPECT_EQ(explained["story"][0]["what"], "written");
  EXPECT_EQ(explained["waits_because"][0]["what"], "no_worker");
  EXPECT_THAT(explained["curl"].get<std::string>(), HasSubstr("payout=12.5"));
  EXPECT_EQ(out_.find("s3cretKey"), std::string::npos);
  ASSERT_EQ(ko({"explain", "1"}), kDone) << "it needs no configuration";
  EXPECT_EQ(ko({"explain", "4711"}), kFailed);
  EXPECT_THAT(err_, HasSubstr("there is no row 4711"));
}

TEST_F(Verbs, ColoursAreAskedForOrLeftOut) {
  sql("INSERT INTO outbox (subid, status, state) VALUES ('a','lead','dead')");
  for (const char* verb : {"status", "list"}) {
    ASSERT_EQ(ko({verb}), kDone);
    EXPECT_EQ(out_.find('\x1b'), std::string::npos) << "this is no terminal";
    ASSERT_EQ(ko({verb, "--color", "always"}), kDone);
    EXPECT_THAT(out_, HasSubstr("\x1b[31m"));
    EXPECT_EQ(ko({verb, "--color", "sometimes"}), kWrongUsage);
  }
}

TEST(Colours, DependOnTheTerminalAndItsEnvironment) {
  const struct {
    bool terminal;
    std::map<std::string, std::string> environment;
    ColorChoice choice;
    bool colours;
  } rows[] = {
      {true, {{"TERM", "xterm"}}, ColorChoice::automatic, true},
      {true, {{"TERM", "dumb"}}, ColorChoice::automatic, false},
      {true, {{"TERM", "xterm"}, {"NO_COLOR", "1"}}, ColorChoice::automatic, false},
      {true, {{"TERM", "xterm"}, {"NO_COLOR", ""}}, ColorChoice::automatic, true},
      {false, {{"TERM", "xterm"}}, ColorChoice::automatic, false},
      {false, {{"NO_COLOR", "1"}}, ColorChoice::always, true},
      {true, {{"TERM", "xterm"}}, ColorChoice::never, false},
  };
  for (const auto& row : rows) {
    std::ostringstream out;
    Command command;
    command.color = row.choice;
    app::CommandServices services;
    const Paint paint = Paint::for_output(
        command, {out,
                  out,
                  services,
                  [&](const std::string& name) {
                    const auto found = row.environment.find(name);
                    return found == row.environment.end() ? std::nullopt : std::optional(found->second);
                  },
                  {},
                  80,
                  row.terminal});
    EXPECT_EQ(paint.text_of({{"x", Tone::bad}}, 80) != "x", row.colours)
        << testing::PrintToString(row.environment);
  }
}

TEST_F(Verbs, StatusCountsByTrackerAndNamesAnUnknownOne) {
  sql("INSERT INTO outbox (subid, status, tracker, state, reason) VALUES "
      "('a','lead','default','delivered',NULL), "
      "('b','lead','default','delivered','no OK'), ('c','lead','partner','pending',NULL)");
  ASSERT_EQ(ko({"status", "--to", kTo}), kDone);
  EXPECT_THAT(out_, HasSubstr("unknown tracker partner: 1 row waits"));
  EXPECT_THAT(out_, HasSubstr("default: 1 delivered row was answered without the text"));
  EXPECT_THAT(out_, HasSubstr("worker: none is running"));
  const auto status = json({"status", "--to", kTo});
  EXPECT_EQ(status["worker_running"], false);
  EXPECT_EQ(status["trackers"][0]["delivered"], 2);
  EXPECT_EQ(status["trackers"][0]["known"], true);
  EXPECT_EQ(status["trackers"][0]["delivered_without_sentinel"], 1);
  EXPECT_EQ(status["trackers"][1]["pending"], 1);
  EXPECT_EQ(status["trackers"][1]["known"], false);
  EXPECT_TRUE(status["trackers"][1]["oldest_pending_at"].is_number());
  EXPECT_TRUE(json({"status"})["trackers"][0]["known"].is_null());
}

TEST_F(Verbs, ShowTellsAClicksWholeStory) {
  sql("INSERT INTO outbox (subid, status, payout, state, attempts, sent_as, http_status, response, "
      "finished_at) "
      "VALUES ('abc', 'approve', '5', 'delivered', 2, 'sale', 200, 'OK', 2000);"
      "INSERT INTO outbox (subid, status, tracker) VALUES ('abc', 'cancel', 'partner'), ('other', 'lead', "
      "'default');"
      "INSERT INTO delivery_attempts (outbox_id, attempt, started_at, latency_ms, http_status, error, "
      "response) "
      "VALUES (1, 1, 1000, 12, 503, 'HTTP 503', 'busy');"
      "INSERT INTO conversions (tracker, subid, tid, status, sent_status, payout, cost, currency, params, "
      "rebilled_by, outbox_id, taken_in_at) VALUES ('default', 'abc', '', 'sale', 'sale', '5', NULL, NULL, "
      "NULL, 0, 1, "
      "2000)");
  ASSERT_EQ(ko({"show", "abc"}), kDone);
  EXPECT_THAT(out_, HasSubstr("row 1  approve (as sale) to default: delivered"));
  EXPECT_THAT(out_, HasSubstr("HTTP 503 after 12 ms \"busy\""));
  EXPECT_THAT(out_, HasSubstr("row 2  cancel to partner: pending"));
  EXPECT_THAT(out_, HasSubstr("taken in by default: sale, payout 5, at 1970-01-01 00:00:02 UTC, for row 1"));
  EXPECT_THAT(out_, Not(HasSubstr("row 3")));
  const auto story = json({"show", "abc"});
  EXPECT_EQ(story["rows"].size(), 2U);
  EXPECT_EQ(story["rows"][0]["failed_attempts"][0]["latency_ms"], 12);
  EXPECT_EQ(story["conversions"][0]["outbox_id"], 1);
  EXPECT_EQ(json({"show", "abc", "--tracker", "partner"})["rows"].size(), 1U);
}

TEST_F(Verbs, ShowOfAClickThatIsNotThereFails) {
  EXPECT_EQ(ko({"show", "nix"}), kFailed);
  EXPECT_THAT(err_, HasSubstr("no row has the subid 'nix'"));
}

TEST_F(Verbs, PreviewShowsTheRequestWithoutTheKey) {
  sql("INSERT INTO outbox (subid, status, payout) VALUES ('a b', 'approve', '12.50')");
  ASSERT_EQ(ko({"preview", "1", "--to", kTo}), kDone);
  EXPECT_EQ(out_, "GET https://t.example/***/postback?subid=a%20b&status=sale&payout=12.5&return=OK\n");
  const auto preview = json({"preview", "1", "--to", kTo});
  EXPECT_EQ(preview["action"], "send");
  EXPECT_EQ(preview["request"]["params"]["subid"], "a b");
  EXPECT_EQ(out_.find("s3cretKey"), std::string::npos);
}

TEST_F(Verbs, PreviewSaysWhyARowWouldNotBeSent) {
  sql("INSERT INTO outbox (subid, status, tracker) VALUES ('a', 'nope', 'default'), ('a', 'rejected', "
      "'partner'), "
      "('b', 'sale', 'default'), ('c', 'sale', 'default');"
      "INSERT INTO conversions (tracker, subid, tid, status, sent_status, payout, cost, currency, params, "
      "rebilled_by, outbox_id, taken_in_at) VALUES ('default', 'b', '', 'rejected', 'rejected', NULL, NULL, "
      "NULL, NULL, "
      "0, 9, 2000),"
      "('default', 'c', '', 'sale', 'sale', NULL, NULL, NULL, NULL, 0, 9, 2000)");
  ASSERT_EQ(ko({"preview", "1", "--to", kTo}), kDone);
  EXPECT_THAT(out_, AllOf(StartsWith("not sent, refused: "), HasSubstr("nope")));
  ASSERT_EQ(ko({"preview", "2", "--to", kTo}), kDone);
  EXPECT_EQ(out_, "not sent, waits: the configuration lacks the tracker partner\n");
  EXPECT_EQ(json({"preview", "3", "--to", kTo})["action"], "refuse");
  EXPECT_EQ(json({"preview", "4", "--to", kTo})["action"], "duplicate");
  EXPECT_EQ(ko({"preview", "5", "--to", kTo}), kFailed);
  EXPECT_EQ(ko({"preview", "1"}), kWrongUsage);
}

TEST_F(Verbs, PreviewNamesTheRowThatGoesFirst) {
  sql("INSERT INTO outbox (subid, status) VALUES ('a', 'lead'), ('a', 'sale')");
  ASSERT_EQ(ko({"preview", "2", "--to", kTo}), kDone);
  EXPECT_THAT(out_, HasSubstr("note: row 1 of the same click goes first"));
}

TEST_F(Verbs, RetryByStateTakesJustThatState) {
  sql("INSERT INTO outbox (subid, status, state) VALUES ('a','lead','dead'), ('b','lead','refused'), "
      "('c','lead','delivered'), ('d','lead','cancelled'), ('e','lead','duplicate')");
  ASSERT_EQ(ko({"retry", "--state", "dead"}), kDone);
  EXPECT_EQ(out_, "1 row to be sent now\n");
  EXPECT_EQ(states(), "pending refused delivered cancelled duplicate");
}

TEST_F(Verbs, RetryWithoutAStateTakesWhatEndedDeadOrRefused) {
  sql("INSERT INTO outbox (subid, status, state) VALUES ('a','lead','dead'), ('b','lead','refused'), "
      "('c','lead','delivered'), ('d','lead','cancelled')");
  EXPECT_EQ(json({"retry", "--tracker", "default"})["changed"], 2);
  EXPECT_EQ(states(), "pending pending delivered cancelled");
}

TEST_F(Verbs, RetryOfPendingRowsEndsBackoffAndLeavesSchedulesAlone) {
  sql("INSERT INTO outbox (subid, status, attempts, due_at) VALUES ('a','lead',1,9000000000000), "
      "('b','lead',0,9000000000000)");
  EXPECT_EQ(json({"retry", "--state", "pending"})["changed"], 1);
  EXPECT_EQ(value("SELECT group_concat(due_at > 1) FROM outbox"), "0,1") << "0 and 1 both mean now";
  EXPECT_EQ(json({"retry", "--state", "pending"})["changed"], 0) << "it is due already";
  EXPECT_EQ(ko({"retry", "--id", "2"}), kDone);
  EXPECT_EQ(value("SELECT group_concat(due_at > 1) FROM outbox"), "0,0");
}

TEST_F(Verbs, RetryByAgeCountsFromWhenARowWasFinished) {
  const auto now = std::chrono::floor<core::Millis>(std::chrono::system_clock::now());
  const std::string old = std::to_string(core::unix_millis(now - std::chrono::hours{3}));
  const std::string young = std::to_string(core::unix_millis(now - std::chrono::hours{1}));
  sql("INSERT INTO outbox (subid, status, state, created_at, finished_at) VALUES ('a','lead','dead',5," +
      old + "), ('b','lead','dead',5," + young + ")");
  EXPECT_EQ(json({"retry", "--older-than", "2h"})["changed"], 1);
  EXPECT_EQ(states(), "pending dead");
}

TEST_F(Verbs, ManyRowsAreChangedInMoreThanOneTransaction) {
  sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1234) "
      "INSERT INTO outbox (subid, status) SELECT 's' || i, 'lead' FROM n");
  EXPECT_EQ(json({"cancel", "--state", "pending"})["changed"], 1234);
  EXPECT_EQ(json({"retry", "--state", "cancelled"})["changed"], 1234);
  EXPECT_EQ(value("SELECT count(*) FROM outbox WHERE state = 'pending' AND finished_at IS NULL"), "1234");
}

TEST_F(Verbs, CancelTakesPendingRowsOnly) {
  sql("INSERT INTO outbox (subid, status, state) VALUES ('a','lead','pending'), ('b','lead','delivered')");
  EXPECT_EQ(ko({"cancel", "--id", "1", "--id", "2", "--id", "4711"}), kFailed);
  EXPECT_EQ(out_, "1 row cancelled\n");
  EXPECT_THAT(err_, AllOf(HasSubstr("4711"), HasSubstr("not pending, so not cancelled: row 2")));
  EXPECT_EQ(states(), "cancelled delivered");
}

TEST_F(Verbs, RetryAndCancelOfEverythingMustBeSaid) {
  sql("INSERT INTO outbox (subid, status) VALUES ('a','lead')");
  EXPECT_EQ(ko({"cancel"}), kWrongUsage);
  EXPECT_EQ(ko({"retry"}), kWrongUsage);
  EXPECT_EQ(ko({"cancel", "--state", "dead"}), kWrongUsage);
  EXPECT_EQ(ko({"cancel", "--id", "1", "--tracker", "default"}), kWrongUsage);
  EXPECT_EQ(states(), "pending");
}

TEST_F(Verbs, CheckOfflineFindsWhatCanBeFoundOnThisHost) {
  EXPECT_EQ(ko({"check", "--offline", "--to", kTo}), kDone) << out_;
  EXPECT_THAT(out_, AllOf(HasSubstr("ok    journal: journal_mode is wal"), Not(HasSubstr("s3cretKey"))));
  sql("INSERT INTO outbox (subid, status, tracker, state) VALUES ('a','lead','partner','pending'), "
      "('b','lead','default','dead')");
  EXPECT_EQ(ko({"check", "--offline", "--to", kTo}), kFailed);
  EXPECT_THAT(out_, HasSubstr("FAIL  rows of partner: 1 row waits"));
  EXPECT_THAT(out_, HasSubstr("warn  rows of default: 1 row dead"));
  EXPECT_THAT(out_, HasSubstr("warn  worker: 1 row pending and no worker"));
}

TEST_F(Verbs, ADatabaseThatIsNotThereIsNotCreated) {
  database_ = folder_.file("absent.db");
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"status"},
                                                    {"list"},
                                                    {"show", "a"},
                                                    {"retry", "--id", "1"},
                                                    {"cancel", "--id", "1"},
                                                    {"add", "--subid", "a", "--status", "lead"},
                                                    {"preview", "1", "--to", kTo},
                                                    {"explain", "1"},
                                                    {"status", "--watch"},
                                                    {"run", "--to", kTo}}) {
    EXPECT_EQ(ko(arguments), kFailed) << arguments.front();
    EXPECT_THAT(err_, HasSubstr("absent.db")) << arguments.front();
    EXPECT_EQ(std::count(err_.begin(), err_.end(), '\n'), 1) << err_;
    EXPECT_FALSE(std::filesystem::exists(database_)) << arguments.front();
  }
  EXPECT_EQ(ko({"check", "--offline", "--to", kTo}), kFailed);
  EXPECT_THAT(out_, HasSubstr("FAIL  database: "));
}

TEST_F(Verbs, LinkBuildPrintsTheLinkAloneAndItsRoomAsJson) {
  EXPECT_EQ(ko({"link", "build", "--bot", "@YourBot", "--campaign", "SUMMER"}), kDone);
  EXPECT_EQ(out_, "https://t.me/YourBot?start=SUMMER-{subid}\n");
  EXPECT_EQ(err_, "");
  const auto told = json({"link", "build", "--bot", "YourBot", "--campaign", "SUMMER", "--click", "37o.1f"});
  EXPECT_EQ(told, nlohmann::json::parse(R"({"link": "https://t.me/YourBot?start=SUMMER-37o-1f",
                                            "campaign": "SUMMER", "click": "37o.1f", "room_for_click": 57})"));
  EXPECT_EQ(json({"link", "build", "--bot", "B", "--campaign", "C"})["click"], nullptr);
}

TEST_F(Verbs, LinkBuildSaysWhatIsUnwiseAboutACode) {
  EXPECT_EQ(ko({"link", "build", "--bot", "B", "--campaign", "SUM-MER"}), kDone);
  EXPECT_THAT(err_, HasSubstr("link parse --campaign SUM-MER"));
  EXPECT_EQ(ko({"link", "build", "--bot", "B", "--campaign", std::string(50, 'C')}), kDone);
  EXPECT_THAT(err_, HasSubstr("leaves 13 characters to the click id"));
}

TEST_F(Verbs, LinkParseTellsCampaignAndClick) {
  EXPECT_EQ(ko({"link", "parse", "SUMMER-abc"}), kDone);
  EXPECT_EQ(out_, "campaign  SUMMER\nclick     abc\n");
  EXPECT_EQ(ko({"link", "parse", "https://t.me/YourBot?start=SUM-MER-37o-1f", "--campaign", "SUM-MER"}),
            kDone);
  EXPECT_EQ(out_,
            "campaign  SUM-MER\nclick     37o-1f\n          37o.1f where the tracker has click_dashes = "
            "\"to-dots\"\n");
  EXPECT_EQ(
      json({"link", "parse", "SUMMER-37o-1f"}),
      nlohmann::json::parse(R"({"campaign": "SUMMER", "click": "37o-1f", "click_with_dots": "37o.1f"})"));
}

TEST_F(Verbs, ALinkThatBreaksTelegramsRulesIsOneLineAndWrongUsage) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"link", "build", "--bot", "B", "--campaign", "a.b"},
        {"link", "build", "--bot", "B", "--campaign", std::string(64, 'C')},
        {"link", "build", "--bot", "B"},
        {"link", "build", "--campaign", "C"},
        {"link", "parse", "SUMMER"},
        {"link", "parse", "SUMMER-{subid}"},
        {"link", "parse", "A-\x1b[31m"}}) {
    EXPECT_EQ(ko(arguments), kWrongUsage) << arguments.back();
    EXPECT_EQ(out_, "");
    EXPECT_THAT(err_, StartsWith("keitaro-outbox: "));
    EXPECT_THAT(err_.substr(0, err_.size() - 1), AllOf(Not(HasSubstr("\n")), Not(HasSubstr("\x1b"))));
  }
}

TEST_F(Verbs, PreviewShowsATemplateFilledInAndWhatItLeavesOut) {
  std::ofstream(folder_.file("outbox.toml")) << R"([tracker.templates]
approve = "https://t.example/s3cretKey/postback?subid={click}&status=sale&payout={payout}&token=s3cretToken"
wait = ""
)";
  const std::string config = folder_.file("outbox.toml");
  ASSERT_EQ(ko({"add", "--subid", "abc", "--status", "approve", "--payout", "12.50", "--currency", "usd",
                "--param", "username=x"}),
            kDone);
  ASSERT_EQ(ko({"add", "--subid", "abd", "--status", "wait"}), kDone);
  ASSERT_EQ(ko({"preview", "1", "--config", config}), kDone) << err_;
  EXPECT_EQ(out_,
            "GET https://t.example/***/postback?subid=abc&status=sale&payout=12.5&token=***\n"
            "note: the template leaves out what the row has as currency, username\n");
  const auto told = json({"preview", "1", "--config", config});
  EXPECT_EQ(told["action"], "send");
  EXPECT_EQ(told["sent_as"], "sale");
  EXPECT_EQ(told["request"]["params"]["payout"], "12.5");
  EXPECT_EQ(told["request"]["params"]["token"], "***");
  EXPECT_EQ(told["notes"][0], "the template leaves out what the row has as currency, username");
  const auto nothing = json({"preview", "2", "--config", config});
  EXPECT_EQ(nothing["action"], "cancel");
  EXPECT_EQ(nothing["request"], nullptr);
  EXPECT_EQ(nothing["reason"],
            "the template of the tracker default for the status \"wait\" is empty: nothing is sent");
}

}  // namespace
}  // namespace keitaro_outbox::cli
