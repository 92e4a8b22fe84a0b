#include "readback/admin_api_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include "readback/scripted_api.hpp"

namespace keitaro_outbox::readback::test {
namespace {

using nlohmann::json;
using ports::Asked;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

json row(int id, const std::string& subid) {
  return {{"conversion_id", id},
          {"sub_id", subid},
          {"tid", ""},
          {"status", "sale"},
          {"original_status", "approve"},
          {"revenue", 12.5},
          {"postback_datetime", "2026-05-01 09:10:00"}};
}

std::string rows(std::vector<json> list, std::optional<int> total = {}) {
  json answer{{"rows", std::move(list)}, {"meta", json::array()}};
  if (total) answer["total"] = *total;
  return answer.dump();
}

std::vector<std::string> subids_of(const ports::RecordsAnswer& answer) {
  std::vector<std::string> subids;
  for (const auto& conversion : answer.conversions) subids.push_back(conversion.subid);
  return subids;
}

TEST(AdminApiClient, AsksForTheClicksOfARangeByPost) {
  ScriptedApi api({answered(200, rows({row(1, "a")}, 1))});
  const auto answer = Client(api).conversions({"a", "b"});
  EXPECT_EQ(answer.asked, Asked::answered) << answer.error;
  EXPECT_EQ(answer.requests, 1);
  ASSERT_EQ(answer.conversions.size(), 1U);
  EXPECT_EQ(answer.conversions[0].status, "sale");
  EXPECT_EQ(answer.conversions[0].original_status, "approve");
  EXPECT_EQ(answer.conversions[0].revenue, "12.5");
  EXPECT_EQ(answer.conversions[0].recorded_at, "2026-05-01 09:10:00");

  ASSERT_EQ(api.calls.size(), 1U);
  EXPECT_EQ(api.calls[0].url, "https://panel.example/admin_api/v1/conversions/log");
  EXPECT_THAT(api.calls[0].headers, ::testing::Contains(ports::HttpHeader("Api-Key", "admin-secret-1")));
  EXPECT_EQ(api.body(0),
            json::parse(R"({"range":{"from":"2026-05-01 00:00","to":"2026-05-01 23:59","timezone":"UTC"},
              "columns":["conversion_id","sub_id","tid","status","original_status","revenue","postback_datetime"],
              "filters":[{"name":"sub_id","operator":"IN_LIST","expression":["a","b"]}],
              "sort":[{"name":"conversion_id","order":"ASC"}],"limit":1000,"offset":0})"));
}

TEST(AdminApiClient, WithoutClicksNothingIsAsked) {
  ScriptedApi api({answered(200, rows({row(1, "a")}))});
  const auto answer = Client(api).conversions({});
  EXPECT_EQ(answer.asked, Asked::answered);
  EXPECT_THAT(answer.conversions, IsEmpty());
  EXPECT_THAT(api.calls, IsEmpty());
}

TEST(AdminApiClient, AllConversionsOfARangeHaveNoFilter) {
  ScriptedApi api({answered(200, rows({row(1, "a"), row(2, "b")}, 2))});
  Client client(api);
  EXPECT_THAT(subids_of(client.client.all_conversions(kDay)), ElementsAre("a", "b"));
  EXPECT_EQ(api.body(0)["filters"], json::array());
}

TEST(AdminApiClient, RowsOfOtherClicksArePassedOver) {
  ScriptedApi api({answered(200, rows({row(1, "A"), row(2, "a"), row(3, "ab")}, 3))});
  EXPECT_THAT(subids_of(Client(api).conversions({"a"})), ElementsAre("a"));
}

// An answer names the columns that a tracker has; each is one that was seen or is likely.
TEST(AdminApiClient, OtherNamesOfColumnsAreFoundByOneProbeAndKept) {
  struct Case {
    std::string refusal;
    std::string id, time;
    std::size_t columns;
  };
  for (
      const Case& c : std::vector<Case>{
          {R"({"error":"Unknown column \"keitaro_outbox_asks_for_names\". Valid columns: event_id, sub_id, tid, status, original_status, revenue, datetime."})",
           "event_id", "datetime", 7},
          {R"({"error":{"columns":["event_id","sub_id","tid","status","original_status","revenue","postback_datetime"]}})",
           "event_id", "postback_datetime", 7},
          {"valid:\\nconversion_id\\nsub_id\\nstatus\\nrevenue\\ndatetime", "conversion_id", "datetime", 5},
          {"no such column", "event_id", "datetime", 7}}) {
    int asked = 0;
    ScriptedApi api([&](const ports::HttpCall& call) {
      ++asked;
      const json body = json::parse(*call.body);
      const std::set<std::string> columns = body["columns"];
      if (columns.contains("keitaro_outbox_asks_for_names")) return answered(400, c.refusal);
      const bool right = columns.contains(c.id) && columns.contains(c.time) && columns.size() == c.columns;
      return right ? answered(200, rows({}, 0)) : answered(400, "Unknown column \"conversion_id\"");
    });
    Client client(api);
    EXPECT_EQ(client.conversions({"a"}).asked, Asked::answered) << c.refusal;
    EXPECT_EQ(asked, 3) << c.refusal;
    EXPECT_EQ(client.conversions({"a"}).requests, 1) << c.refusal;
  }
}

TEST(AdminApiClient, RefusalOfKnownColumnsIsTooMuch) {
  ScriptedApi api({answered(200, rows({}, 0)), answered(400, R"({"error":"The expression is too long"})")});
  Client client(api);
  client.conversions({"a"});
  const auto answer = client.conversions({"a"});
  EXPECT_EQ(answer.asked, Asked::too_much);
  EXPECT_EQ(answer.requests, 1);
  EXPECT_THAT(answer.error, HasSubstr("The expression is too long"));
}

TEST(AdminApiClient, KnownNamesStayWhereAProbeNamesNothing) {
  ScriptedApi api({answered(200, rows({}, 0)), answered(400, "sub_id has too many values"),
                   answered(400, "no"), answered(200, rows({}, 0))});
  Client client(api);
  client.conversions({"a"});
  const auto answer = client.conversions({"a"});
  EXPECT_EQ(answer.asked, Asked::too_much);
  EXPECT_THAT(answer.error, HasSubstr("too many values"));
  client.conversions({"a"});
  EXPECT_EQ(api.body(3)["columns"], api.body(0)["columns"]);
}

TEST(AdminApiClient, ATrackerThatRefusesEverythingIsAskedThreeTimesAtMost) {
  ScriptedApi api({answered(400, "no")});
  const auto answer = Client(api).conversions({"a"});
  EXPECT_EQ(answer.asked, Asked::too_much);
  EXPECT_LE(answer.requests, 3);
}

TEST(AdminApiClient, NamesThatChangeUnderwayAreLookedForAgain) {
  bool updated = false;
  ScriptedApi api([&](const ports::HttpCall& call) {
    const bool has = call.body->find(updated ? "\"event_id\"" : "\"conversion_id\"") != std::string::npos;
    const std::string id = updated ? "event_id" : "conversion_id";
    return has ? answered(200, rows({}, 0))
               : answered(400, "Unknown column; there are " + id + ", sub_id, status, datetime");
  });
  Client client(api);
  EXPECT_EQ(client.conversions({"a"}).asked, Asked::answered);
  updated = true;
  EXPECT_EQ(client.conversions({"a"}).asked, Asked::answered);
  EXPECT_EQ(client.conversions({"a"}).requests, 1);
}

/// A tracker with `count` conversions of the click `a`, that gives `page` rows at most.
class Paged {
 public:
  Paged(int count, int page) : count_(count), page_(page) {}

  ports::HttpCallResult operator()(const ports::HttpCall& call) {
    const json body = json::parse(*call.body);
    const int offset = ignores_offset ? 0 : body["offset"].get<int>();
    std::vector<json> list;
    for (int i = offset; i < std::min(count_, offset + page_); ++i) list.push_back(row(i, "a"));
    if (repeats_once > 0 && offset > 0) {
      --repeats_once;
      list.clear();
      for (int i = 0; i < page_; ++i) list.push_back(row(i, "a"));
    }
    return answered(200, rows(std::move(list), counts ? std::optional(count_) : std::nullopt));
  }

  bool counts = true;
  bool ignores_offset = false;
  int repeats_once = 0;

 private:
  int count_, page_;
};

TEST(AdminApiClient, AllPagesAreReadWithAndWithoutATotal) {
  for (const bool counts : {true, false}) {
    for (const int count : {0, 1, 99, 100, 101, 200, 1'000, 1'001}) {
      for (const int page : {100, 1'000}) {
        if (count > 5 * page) continue;
        Paged tracker(count, page);
        tracker.counts = counts;
        ScriptedApi api([&](const ports::HttpCall& call) { return tracker(call); });
        const auto answer = Client(api).conversions({"a"});
        EXPECT_EQ(answer.asked, Asked::answered) << count << " by " << page << ": " << answer.error;
        EXPECT_EQ(answer.conversions.size(), static_cast<std::size_t>(count)) << page << counts;
        EXPECT_LE(answer.requests, count / page + 2);
      }
    }
  }
}

TEST(AdminApiClient, APageThatComesTwiceIsAskedForAgain) {
  Paged tracker(250, 100);
  tracker.repeats_once = 1;
  ScriptedApi api([&](const ports::HttpCall& call) { return tracker(call); });
  const auto answer = Client(api).conversions({"a"});
  EXPECT_EQ(answer.asked, Asked::answered) << answer.error;
  EXPECT_EQ(answer.conversions.size(), 250U);
}

TEST(AdminApiClient, PagesThatNeverMoveOnEndAsTooMuch) {
  for (const bool counts : {true, false}) {
    Paged tracker(250, 100);
    tracker.ignores_offset = true;
    tracker.counts = counts;
    ScriptedApi api([&](const ports::HttpCall& call) { return tracker(call); });
    const auto answer = Client(api).conversions({"a"});
    EXPECT_EQ(answer.asked, Asked::too_much);
    EXPECT_EQ(answer.requests, 3);
    EXPECT_EQ(answer.conversions.size(), 100U);
  }
}

TEST(AdminApiClient, ATrackerThatNeverEndsIsLeft) {
  int next = 0;
  ScriptedApi api([&](const ports::HttpCall&) { return answered(200, rows({row(next++, "a")}, 1 << 30)); });
  const auto answer = Client(api).conversions({"a"});
  EXPECT_EQ(answer.asked, Asked::too_much);
  EXPECT_EQ(answer.requests, 50);
}

TEST(AdminApiClient, FewerRowsThanCountedConcludeNothing) {
  ScriptedApi api({answered(200, rows({row(1, "a")}, 3)), answered(200, rows({}, 3))});
  const auto answer = Client(api).conversions({"a"});
  EXPECT_EQ(answer.asked, Asked::failed);
  EXPECT_THAT(subids_of(answer), ElementsAre("a"));
}

TEST(AdminApiClient, OverlappingPagesConcludeNothing) {
  ScriptedApi api({answered(200, rows({row(1, "a"), row(2, "a")}, 4)),
                   answered(200, rows({row(2, "a"), row(3, "a")}, 4))});
  EXPECT_EQ(Client(api).conversions({"a"}).asked, Asked::too_much);
}

TEST(AdminApiClient, AColumnThatIsTakenAndNotGivenIsEmpty) {
  json bare = row(1, "a");
  for (const char* name : {"conversion_id", "tid", "revenue", "postback_datetime", "original_status"})
    bare.erase(name);
  json other = bare;
  other["status"] = "rebill";
  ScriptedApi api({answered(200, rows({bare, other, bare}, 3))});
  const auto answer = Client(api).conversions({"a"});
  EXPECT_EQ(answer.asked, Asked::answered) << answer.error;
  ASSERT_EQ(answer.conversions.size(), 2U);
  EXPECT_EQ(answer.conversions[0].revenue, std::nullopt);
  EXPECT_EQ(answer.conversions[0].recorded_at, "");
}

TEST(AdminApiClient, WithoutSubIdsNothingIsConcluded) {
  json bare = row(1, "a");
  bare.erase("sub_id");
  ScriptedApi api({answered(200, rows({bare}, 1))});
  const auto answer = Client(api).conversions({"a"});
  EXPECT_EQ(answer.asked, Asked::failed);
  EXPECT_THAT(answer.error, HasSubstr("sub_id"));
}

TEST(AdminApiClient, AnswersMeanWhatTheyAre) {
  const std::string html = "\n <!DOCTYPE html><html><body>Keitaro</body></html>";
  struct Case {
    std::string name;
    ports::HttpCallResult result;
    Asked asked;
    std::string told;
  };
  ports::HttpCallResult cut = answered(200, R"({"rows":[)");
  cut.whole = false;
  ports::HttpCallResult slow = cut;
  slow.timed_out = true;
  ports::HttpCallResult long_one = cut;
  long_one.too_long = true;
  ports::HttpCallResult silent{core::AnswerLost{"no answer within 10s"}};
  silent.timed_out = true;
  ports::HttpCallResult stopped{core::AnswerLost{"aborted"}};
  stopped.stopped = true;
  for (const Case& c :
       std::vector<Case>{{"429", answered(429, "slow", "7"), Asked::slow_down, "HTTP 429"},
                         {"402", answered(402, "pay"), Asked::no_api, "no Admin API"},
                         {"401", answered(401, "key"), Asked::key_refused, "admin_key"},
                         {"403", answered(403, ""), Asked::key_refused, "HTTP 403"},
                         {"404", answered(404, html), Asked::wrong_path, "admin_url"},
                         {"html", answered(200, html), Asked::wrong_path, "HTML"},
                         {"redirect", answered(302, ""), Asked::wrong_path, "redirects are not followed"},
                         {"413", answered(413, html), Asked::too_much, "HTTP 413"},
                         {"500", answered(500, "oops"), Asked::too_much, "oops"},
                         {"503", answered(503, "", "120"), Asked::too_much, "HTTP 503"},
                         {"418", answered(418, "tea"), Asked::failed, "tea"},
                         {"204", answered(204, ""), Asked::failed, "not JSON"},
                         {"no rows", answered(200, R"({"error":"x"})"), Asked::failed, "no rows"},
                         {"half", answered(200, R"({"rows":[{"sub_id":"a")"), Asked::failed, "cut short"},
                         {"cut", cut, Asked::failed, "cut short"},
                         {"drip", slow, Asked::too_much, "in time"},
                         {"too long", long_one, Asked::too_much, "too long"},
                         {"silent", silent, Asked::too_much, "no answer within 10s"},
                         {"refused",
                          {core::NotSent{"could not connect: connection refused"}},
                          Asked::failed,
                          "could not connect"},
                         {"closed", {core::AnswerLost{"the connection was closed"}}, Asked::failed, "closed"},
                         {"own", {core::OwnTrouble{"out of descriptors"}}, Asked::failed, "descriptors"},
                         {"stopped", stopped, Asked::failed, "stops"}}) {
    ScriptedApi api({c.result});
    Client client(api);
    const auto answer = client.conversions({"a"});
    EXPECT_EQ(answer.asked, c.asked) << c.name << ": " << answer.error;
    EXPECT_THAT(answer.error, HasSubstr(c.told)) << c.name;
    EXPECT_THAT(answer.conversions, IsEmpty()) << c.name;
    EXPECT_EQ(answer.retry_after.has_value(), c.name == "429" || c.name == "503") << c.name;
    if (c.name == "no rows" || c.name == "half") continue;  // the log has another shape
    EXPECT_EQ(client.client.postback_log("a").asked, c.asked) << c.name;
  }
}

TEST(AdminApiClient, WhatTheCallerThrowsIsTold) {
  ScriptedApi api([](const ports::HttpCall&) -> ports::HttpCallResult {
    throw std::runtime_error("libcurl cannot, admin-secret-1");
  });
  const auto answer = Client(api).conversions({"a"});
  EXPECT_EQ(answer.asked, Asked::failed);
  EXPECT_EQ(answer.error, "libcurl cannot, ***");
}

TEST(AdminApiClient, KeysAreInNothingThatIsHandedOn) {
  AdminApiOptions with = options();
  with.admin_url = "https://user:pass-secret-3@panel.example";
  const std::string all = "admin-secret-1 admin%2Dsecret-1 pass-secret-3 postback-secret-2";
  for (const int code : {200, 400, 401, 402, 404, 429, 500}) {
    json echo = row(1, "a");
    echo["status"] = echo["tid"] = echo["original_status"] = echo["postback_datetime"] = "admin-secret-1";
    ScriptedApi api({code == 200 ? answered(200, rows({echo}, 1)) : answered(code, all)});
    Client client(api, with);
    const auto answer = client.conversions({"a"});
    const auto log = client.client.postback_log("a");
    std::string handed_on = answer.error + log.error;
    for (const auto& c : answer.conversions)
      handed_on += c.tid + c.status + c.original_status + c.recorded_at;
    EXPECT_THAT(handed_on, Not(HasSubstr("secret"))) << code;
  }
}

TEST(AdminApiClient, TheLogIsReadForOneClickWithoutKeys) {
  const json lines{
      {{"datetime", "2026-05-01 09:10:03"}, {"jid", "8"}, {"message", "SubID not found \"a b\""}},
      {{"datetime", "2026-05-01 09:10:02"}, {"jid", 8}, {"message", "Conversion exists. Postback ignored."}},
      {{"datetime", "2026-05-01 09:10:01"}, {"jid", "9"}, {"message", "Subid other complete"}},
      {{"datetime", "2026-05-01 09:10:00"},
       {"jid", "8"},
       {"message", "Request https://t.example/postback-secret-2/postback?subid=a b"}}};
  ScriptedApi api({answered(200, lines.dump())});
  Client client(api);
  const auto log = client.client.postback_log("a b");
  EXPECT_EQ(log.asked, Asked::answered) << log.error;
  ASSERT_EQ(log.lines.size(), 3U);
  EXPECT_EQ(log.lines[0].at, "2026-05-01 09:10:03");
  EXPECT_EQ(log.lines[0].message, "SubID not found \"a b\"");
  EXPECT_EQ(log.lines[1].message, "Conversion exists. Postback ignored.");
  EXPECT_EQ(log.lines[2].message, "Request ***/postback?subid=a b");
  ASSERT_EQ(api.calls.size(), 1U);
  EXPECT_EQ(api.calls[0].url,
            "https://panel.example/admin_api/v1/logs/postbacks?limit=100&offset=0&query=a%20b");
  EXPECT_FALSE(api.calls[0].body);
}

TEST(AdminApiClient, TheLogComesNewestFirstWhateverItsOrder) {
  const json lines{{{"datetime", "2026-05-01 09:10:00"}, {"message", "Processing subid a"}},
                   {{"datetime", "2026-05-01 09:10:07"}, {"message", "Subid a complete"}}};
  ScriptedApi api({answered(200, lines.dump())});
  const auto log = Client(api).client.postback_log("a");
  ASSERT_EQ(log.lines.size(), 2U);
  EXPECT_EQ(log.lines[0].message, "Subid a complete");
}

TEST(RequestPace, SpreadsTurnsOutAndSavesNoneUp) {
  RequestPace pace(2, {});
  const core::SteadyTime start{};
  using std::chrono::milliseconds;
  EXPECT_EQ(pace.take_turn(start), start);
  EXPECT_EQ(pace.take_turn(start), start + milliseconds(500));
  EXPECT_EQ(pace.take_turn(start + milliseconds(100)), start + milliseconds(1'000));
  EXPECT_EQ(pace.take_turn(start + milliseconds(9'000)), start + milliseconds(9'000));
  EXPECT_EQ(pace.take_turn(start + milliseconds(9'000)), start + milliseconds(9'500));
}

TEST(RequestPace, AStopEndsTheWaitAndNothingIsSent) {
  int looks = 0;
  RequestPace pace(0.001, [&] { return ++looks > 3; });
  ScriptedApi api({answered(200, rows({}, 0))});
  AdminApiClient client(options(), api, pace);
  EXPECT_EQ(client.all_conversions(kDay).asked, Asked::answered);
  const auto answer = client.all_conversions(kDay);  // its turn is in a quarter of an hour
  EXPECT_EQ(answer.asked, Asked::failed);
  EXPECT_EQ(answer.requests, 0);
  EXPECT_EQ(api.calls.size(), 1U);
}

}  // namespace
}  // namespace keitaro_outbox::readback::test
