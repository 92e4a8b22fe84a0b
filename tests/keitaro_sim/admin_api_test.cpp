#include "sim/admin_api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/timestamp.hpp"

namespace keitaro_sim {
namespace {

using keitaro_outbox::core::wall_time;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr auto kLog = "/admin_api/v1/logs/postbacks";
constexpr auto kConversions = "/admin_api/v1/conversions/log";

class SimAdminApi : public ::testing::Test {
 protected:
  void SetUp() override {
    settings_.range_required = false;
    receive("subid=a&status=lead&payout=9&sub_id_1=x", "2024-05-01 10:00:00");
    receive("subid=b&status=sale&tid=1&payout=10.5", "2024-05-02 10:00:00");
    receive("subid=c&status=trash&rejected_status=trash", "2024-05-03 10:00:00");
    receive("subid=a&status=sale", "2024-05-04 10:00:00");
  }

  void receive(const std::string& query, const std::string& at) {
    tracker_.receive(read_postback(parse_query(query), {}), *parse_timestamp(at));
  }

  HttpAnswer ask(const std::string& method, const std::string& path, const std::string& query = "",
                 const std::string& body = "", const std::string& key = "api-key") {
    HttpQuestion question;
    question.method = method;
    question.body = body;
    question.api_key = key;
    return answer_admin(question, path, parse_query(query), tracker_, settings_);
  }

  /// The subids of the rows that the query gives, joined.
  std::string subids(const std::string& body) {
    const HttpAnswer answer = ask("POST", kConversions, "", body);
    if (answer.status != 200) return answer.body;
    std::string found;
    const json parsed = json::parse(answer.body);
    for (const json& row : parsed["rows"]) found += row["sub_id"].get<std::string>();
    return found;
  }

  Tracker tracker_{TrackerSettings{}};
  AdminSettings settings_;
};

TEST_F(SimAdminApi, PostbackLogIsServedWithoutAZoneNewestFirst) {
  const json lines = json::parse(ask("GET", kLog, "limit=2").body);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["message"], "Subid a complete");
  EXPECT_EQ(lines[0]["datetime"], "2024-05-04 10:00:00");
  EXPECT_EQ(lines[0]["jid"], lines[1]["jid"]);
}

TEST_F(SimAdminApi, PostbackLogIsSearchedPagedAndOrdered) {
  settings_.log_order = PostbackLog::Order::oldest_first;
  const json lines = json::parse(ask("GET", kLog, "query=subid+b&limit=1&offset=0").body);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0]["message"], "Processing subid b");
  EXPECT_EQ(json::parse(ask("GET", kLog, "offset=11").body).size(), 1U);
  EXPECT_EQ(ask("GET", kLog, "limit=-1").status, 400);
}

TEST_F(SimAdminApi, DeleteWipesThePostbackLog) {
  EXPECT_EQ(ask("DELETE", kLog).status, 200);
  EXPECT_EQ(ask("GET", kLog).body, "[]");
}

TEST_F(SimAdminApi, KeyIsAskedFor) {
  EXPECT_EQ(ask("GET", kLog, "", "", "").status, 401);
  EXPECT_EQ(ask("POST", kConversions, "", "{}", "wrong").status, 401);
  settings_.wrong_key_code = 403;
  EXPECT_EQ(ask("GET", kLog, "", "", "wrong").status, 403);
}

TEST_F(SimAdminApi, EditionWithoutItAnswers402) {
  settings_.paid = false;
  EXPECT_EQ(ask("GET", kLog).status, 402);
}

TEST_F(SimAdminApi, WrongPathAnswersHtml) {
  for (const std::string path : {"/admin_api/v1/nothing", "/admin_api/v1/conversions/log/", "/admin_api/"}) {
    const HttpAnswer answer = ask("GET", path);
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.content_type, StartsWith("text/html"));
    EXPECT_THAT(answer.body, HasSubstr("<html>"));
  }
}

TEST_F(SimAdminApi, ConversionsHaveTheColumnsAskedFor) {
  const std::string body =
      R"({"columns":["conversion_id","sub_id","tid","status","original_status","previous_status","revenue",
      "postback_datetime","sub_id_1"],"filters":[{"name":"sub_id","operator":"EQUALS","expression":"a"}]})";
  const json answer = json::parse(ask("POST", kConversions, "", body).body);
  EXPECT_EQ(answer["total"], 1);
  EXPECT_TRUE(answer["meta"].is_array());
  EXPECT_EQ(answer["rows"][0], json({{"conversion_id", 1},
                                     {"sub_id", "a"},
                                     {"tid", ""},
                                     {"status", "sale"},
                                     {"original_status", "sale"},
                                     {"previous_status", "lead"},
                                     {"revenue", "9"},
                                     {"postback_datetime", "2024-05-01 10:00:00"},
                                     {"sub_id_1", "x"}}));
}

TEST_F(SimAdminApi, ConversionsAreFilteredSortedAndPaged) {
  struct Case {
    std::string query, subids;
  };
  for (
      const Case& c : std::vector<Case>{
          {R"({})", "abc"},
          {R"({"filters":[{"name":"status","operator":"EQUALS","expression":"sale"}]})", "ab"},
          {R"({"filters":[{"name":"status","operator":"NOT_EQUAL","expression":"sale"}]})", "c"},
          {R"({"filters":[{"name":"sub_id","operator":"IN_LIST","expression":["a","c","z"]}]})", "ac"},
          {R"({"filters":[{"name":"revenue","operator":"EQUALS","expression":10.50}]})", "b"},
          {R"({"filters":[{"name":"revenue","operator":"EQUALS","expression":"10.5000"}]})", "b"},
          {R"({"filters":[{"name":"status","operator":"EQUALS","expression":"sale"},{"name":"tid","operator":"EQUALS","expression":"1"}]})",
           "b"},
          {R"({"sort":[{"name":"revenue","order":"desc"}]})", "bac"},
          {R"({"sort":[{"name":"status","order":"desc"},{"name":"revenue","order":"asc"}]})", "abc"},
          {R"({"sort":[{"name":"sub_id","order":"DESC"}],"limit":1,"offset":1})", "b"},
          {R"({"limit":0})", ""},
          {R"({"offset":9})", ""},
          {R"({"range":{"from":"2024-05-02","to":"2024-05-02","timezone":"UTC"}})", "b"},
          {R"({"range":{"from":"2024-05-02 10:00:00"}})", "bc"},
          {R"({"range":{"to":"2024-05-02 09:59"}})", "a"}})
    EXPECT_EQ(subids(c.query), c.subids) << c.query;
}

TEST_F(SimAdminApi, TotalCountsBeforePaging) {
  EXPECT_EQ(json::parse(ask("POST", kConversions, "", R"({"limit":1})").body)["total"], 3);
}

TEST_F(SimAdminApi, WrongQueriesAnswer400AndSayWhy) {
  struct Case {
    std::string query, said;
  };
  for (const Case& c : std::vector<Case>{
           {R"({"columns":["subid"]})",
            R"(Unknown column \"subid\". Valid columns: conversion_id, sub_id, tid, status)"},
           {R"({"filters":[{"name":"nope","operator":"EQUALS","expression":"x"}]})", "Unknown column"},
           {R"({"sort":[{"name":"nope"}]})", "Unknown column"},
           {R"({"sort":[{"name":"tid","order":"up"}]})", "asc or desc"},
           {R"({"filters":[{"name":"tid","operator":"LIKE","expression":"x"}]})",
            "Valid operators: EQUALS, NOT_EQUAL, IN_LIST"},
           {R"({"filters":[{"name":"tid","operator":"EQUALS"}]})", "expression"},
           {R"({"filters":["tid"]})", "A filter needs"},
           {R"({"range":{"from":"yesterday"}})", "range.from"},
           {R"({"limit":-1})", "limit"},
           {"not json", "JSON object"}}) {
    const HttpAnswer answer = ask("POST", kConversions, "", c.query);
    EXPECT_EQ(answer.status, 400) << c.query;
    EXPECT_THAT(answer.body, HasSubstr(c.said)) << c.query;
  }
}

TEST_F(SimAdminApi, SomeTrackersNameColumnsOtherwise) {
  settings_.event_columns = true;
  const json answer =
      json::parse(ask("POST", kConversions, "", R"({"columns":["event_id","datetime"],"limit":1})").body);
  EXPECT_EQ(answer["rows"][0], json({{"event_id", 1}, {"datetime", "2024-05-01 10:00:00"}}));
  EXPECT_EQ(ask("POST", kConversions, "", R"({"columns":["conversion_id"]})").status, 400);
}

TEST(SimTimestamp, ReadsWhatItWritesAndNothingOdd) {
  EXPECT_EQ(timestamp(*parse_timestamp("2024-02-29 23:59:58")), "2024-02-29 23:59:58");
  EXPECT_EQ(timestamp(*parse_timestamp("2024-02-29T01:02")), "2024-02-29 01:02:00");
  EXPECT_EQ(timestamp(*parse_timestamp("2024-02-29", true)), "2024-02-29 23:59:59");
  for (const std::string text : {"", "2023-02-29", "2024-13-01", "2024-01-01 24:00", "2024-01-01 10",
                                 "2024-01-01 10:00:00Z", "24-1-1"})
    EXPECT_FALSE(parse_timestamp(text)) << text;
}

}  // namespace
}  // namespace keitaro_sim
