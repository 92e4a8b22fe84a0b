#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "sim/admin_json.hpp"
#include "sim/options.hpp"
#include "sim/simulator.hpp"
#include "sim/timestamp.hpp"

namespace keitaro_sim {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kAll = R"({"limit":1000,"sort":[{"name":"sub_id","order":"asc"}]})";

class SimAdminSwitches : public ::testing::Test {
 protected:
  HttpAnswer request(const std::string& method, const std::string& target, const std::string& body = "") {
    if (!simulator_) simulator_.emplace(settings_, tracker_, nullptr);
    HttpQuestion question;
    question.method = method;
    question.target = target;
    question.body = body;
    question.api_key = "api-key";
    question.host = "t.example:8787";
    question.from_loopback = from_loopback_;
    return simulator_->answer(question, now_);
  }

  void postback(const std::string& query) { EXPECT_EQ(request("GET", "/key/postback?" + query).status, 200); }
  HttpAnswer change(const std::string& body) { return request("POST", "/sim/admin", body); }
  HttpAnswer ask(const std::string& query = kAll) {
    return request("POST", "/admin_api/v1/conversions/log", query);
  }
  json rows(const std::string& query = kAll) { return json::parse(ask(query).body).at("rows"); }
  json log(const std::string& query) {
    return json::parse(request("GET", "/admin_api/v1/logs/postbacks?limit=50&query=" + query).body);
  }

  SimulatorSettings settings_;
  TrackerSettings tracker_;
  std::optional<Simulator> simulator_;
  keitaro_outbox::core::WallTime now_ = *parse_timestamp("2026-05-01 22:30:00");
  bool from_loopback_ = true;
};

TEST_F(SimAdminSwitches, FlagsAndTheRunningSimulatorTakeTheSameSwitches) {
  const auto parsed = parse_options({"--admin-api",
                                     "not-found",
                                     "--event-columns",
                                     "on",
                                     "--admin-drop-column",
                                     "tid",
                                     "--admin-drop-column",
                                     "revenue",
                                     "--admin-total",
                                     "off",
                                     "--admin-range",
                                     "optional",
                                     "--admin-page-rows",
                                     "50",
                                     "--admin-visible",
                                     "0.5",
                                     "--time-zone",
                                     "+03:00",
                                     "--log-urls",
                                     "off",
                                     "--admin-html",
                                     "0.1",
                                     "--admin-truncated",
                                     "0.2",
                                     "--admin-repeat-page",
                                     "0.3",
                                     "--admin-fail",
                                     "429:0.25",
                                     "--admin-cut",
                                     "0.125",
                                     "--admin-hang",
                                     "0.0625",
                                     "--admin-hang-for",
                                     "1s",
                                     "--admin-latency",
                                     "2ms",
                                     "--admin-latency-jitter",
                                     "3ms",
                                     "--admin-retry-after",
                                     "4",
                                     "--upsells",
                                     "off",
                                     "--offer-payout",
                                     "12.5",
                                     "--rate-drift",
                                     "0.05",
                                     "--late-clicks",
                                     "0.5",
                                     "--late-clicks-by",
                                     "30s"});
  const auto* options = std::get_if<Options>(&parsed);
  ASSERT_NE(options, nullptr) << std::get<Ending>(parsed).text;
  const std::string json_text =
      R"({"admin_api":"not-found","event_columns":true,"dropped_columns":["revenue","tid"],"total":false,
      "range_required":false,"page_rows":50,"visible":0.5,"time_zone":"+03:00","log_urls":false,"html":0.1,
      "truncated":0.2,"repeat_page":0.3,"fail":{"429":0.25},"cut_before":0.125,"cut_after":0.0,"hang":0.0625,
      "hang_for_ms":1000,"latency_ms":2,"latency_jitter_ms":3,"retry_after":4,"upsells":false,"offer_payout":"12.5",
      "rate_drift":0.05,"late_clicks":0.5,"late_clicks_by_ms":30000})";
  EXPECT_EQ(json::parse(admin_as_json(options->simulator.admin, options->tracker)), json::parse(json_text));
  EXPECT_EQ(json::parse(change(json_text).body), json::parse(json_text));
}

TEST_F(SimAdminSwitches, WrongChangesChangeNothing) {
  const std::string before = request("GET", "/sim/admin").body;
  for (const std::string wrong :
       {"[]", R"({"total":1})", R"({"total":false,"visible":2})", R"({"total":false,"nope":1})",
        R"({"total":false,"time_zone":"Mars"})", R"({"total":false,"page_rows":0})",
        R"({"total":false,"admin_api":"off"})", R"({"total":false,"offer_payout":5})",
        R"({"total":false,"rates":{"eur":"x"}})", R"({"total":false,"rate_drift":0.9})",
        R"({"total":false,"dropped_columns":"tid"})", R"({"total":false,"fail":{"429":2}})"}) {
    EXPECT_EQ(change(wrong).status, 400) << wrong;
    EXPECT_EQ(request("GET", "/sim/admin").body, before) << wrong;
  }
  EXPECT_THAT(change(R"({"nope":1})").body, HasSubstr("nope"));
}

TEST_F(SimAdminSwitches, AnotherMachineChangesOnlyWithTheKey) {
  settings_.admin.api_key = "other";
  from_loopback_ = false;
  EXPECT_EQ(change("{}").status, 403);
  EXPECT_EQ(request("POST", "/sim/conversions", "{}").status, 403);
}

TEST_F(SimAdminSwitches, TheApiMayBeMissingInThreeWays) {
  EXPECT_EQ(ask().status, 200);
  change(R"({"admin_api":"unpaid"})");
  EXPECT_EQ(ask().status, 402);
  change(R"({"admin_api":"not-found"})");
  EXPECT_EQ(ask().status, 404);
  change(R"({"admin_api":"on","html":1})");
  EXPECT_EQ(ask().status, 200);
  EXPECT_THAT(ask().body, HasSubstr("<html>"));
}

TEST_F(SimAdminSwitches, AnswersLackWhatIsSwitchedOff) {
  postback("subid=a&status=sale&tid=1&payout=5");
  change(R"({"total":false,"dropped_columns":["revenue","conversion_id"]})");
  const json answer = json::parse(ask(R"({"limit":9,"columns":["conversion_id","sub_id","revenue"]})").body);
  EXPECT_FALSE(answer.contains("total"));
  EXPECT_EQ(answer["rows"][0], json({{"sub_id", "a"}}));
}

TEST_F(SimAdminSwitches, AQueryNeedsARangeOrALimit) {
  EXPECT_EQ(ask("{}").status, 400);
  EXPECT_EQ(ask(R"({"range":{"from":"2026-05-01"}})").status, 200);
  EXPECT_EQ(ask(R"({"limit":5})").status, 200);
  change(R"({"range_required":false})");
  EXPECT_EQ(ask("{}").status, 200);
}

TEST_F(SimAdminSwitches, PagesHaveAMostAndMayComeTwice) {
  for (const char* subid : {"a", "b", "c", "d", "e"}) postback(std::string("subid=") + subid);
  change(R"({"page_rows":2})");
  EXPECT_EQ(rows().size(), 2U);
  const std::string second = R"({"limit":1000,"offset":2,"sort":[{"name":"sub_id"}]})";
  EXPECT_EQ(rows(second)[0]["sub_id"], "c");
  change(R"({"repeat_page":1})");
  EXPECT_EQ(rows(second)[0]["sub_id"], "a");
}

TEST_F(SimAdminSwitches, AnAnswerMayEndInItsMidst) {
  postback("subid=a");
  change(R"({"truncated":1})");
  EXPECT_FALSE(json::accept(ask().body));
  EXPECT_EQ(ask().status, 200);
}

TEST_F(SimAdminSwitches, AKeySeesApartOrNothing) {
  for (int i = 0; i < 200; ++i) postback("subid=s" + std::to_string(i));
  EXPECT_EQ(rows().size(), 200U);
  change(R"({"visible":0.5})");
  const std::size_t half = rows().size();
  EXPECT_GT(half, 50U);
  EXPECT_LT(half, 150U);
  EXPECT_EQ(json::parse(ask().body)["total"], half);
  change(R"({"visible":0})");
  EXPECT_EQ(rows().size(), 0U);
}

TEST_F(SimAdminSwitches, CallsMeetTheirOwnTrouble) {
  change(R"({"fail":{"429":1},"retry_after":7,"latency_ms":20})");
  const HttpAnswer slow = ask();
  EXPECT_EQ(slow.status, 429);
  EXPECT_EQ(slow.delay, Millis{20});
  EXPECT_THAT(slow.headers, ::testing::Contains(std::pair<std::string, std::string>("Retry-After", "7")));
  change(R"({"fail":{},"cut_before":1})");
  EXPECT_EQ(ask().ending, HttpAnswer::Ending::cut);
  postback("subid=a");  // those of postbacks are others
  EXPECT_EQ(json::parse(request("GET", "/sim/stats").body)["admin_calls"], 2);
}

TEST_F(SimAdminSwitches, StampsAndRangesAreInTheTrackersTimeZone) {
  postback("subid=a");
  change(R"({"time_zone":"+03:00"})");
  EXPECT_EQ(rows()[0]["postback_datetime"], "2026-05-02 01:30:00");
  EXPECT_EQ(log("a")[0]["datetime"], "2026-05-02 01:30:00");
  EXPECT_EQ(rows(R"({"range":{"from":"2026-05-02 00:00","to":"2026-05-02 02:00"}})").size(), 1U);
  EXPECT_EQ(rows(R"({"range":{"from":"2026-05-01 22:00","to":"2026-05-01 23:00","timezone":"UTC"}})").size(),
            1U);
  EXPECT_EQ(rows(R"({"range":{"from":"2026-05-02 00:00","to":"2026-05-02 02:00","timezone":"UTC"}})").size(),
            0U);
  EXPECT_EQ(ask(R"({"range":{"from":"2026-05-02","timezone":"Mars"}})").status, 400);
}

TEST(SimTimeZone, IsWrittenAsHoursAndMinutes) {
  using std::chrono::minutes;
  EXPECT_EQ(parse_time_zone("+03:00"), minutes(180));
  EXPECT_EQ(parse_time_zone("-05:30"), minutes(-330));
  EXPECT_EQ(parse_time_zone("UTC"), minutes(0));
  for (const std::string text : {"", "3", "+3:00", "+03:60", "+15:00", "+0300", " 03:00", "+0a:00"})
    EXPECT_FALSE(parse_time_zone(text)) << text;
}

TEST_F(SimAdminSwitches, AnOffersPayoutStandsWhateverThePostbackSays) {
  tracker_.offer_payout = parse_money("12.5");
  postback("subid=a&payout=3");
  EXPECT_EQ(rows()[0]["revenue"], "12.5");
  change(R"({"offer_payout":null})");
  postback("subid=b&payout=3");
  EXPECT_EQ(rows()[1]["revenue"], "3");
}

TEST_F(SimAdminSwitches, RatesChangeFromDayToDay) {
  change(R"({"rates":{"eur":"1.1"}})");
  postback("subid=a&payout=10&currency=eur");
  EXPECT_EQ(rows()[0]["revenue"], "11");
  change(R"({"rate_drift":0.05})");
  postback("subid=b&payout=10&currency=usd");
  EXPECT_EQ(rows()[1]["revenue"], "10");
  std::set<std::string> seen;
  for (int day = 0; day < 5; ++day) {
    now_ += std::chrono::days{1};
    postback("subid=c" + std::to_string(day) + "&payout=10000&currency=eur");
    postback("subid=d" + std::to_string(day) + "&payout=10000&currency=eur");
    const json all = rows();
    const std::string revenue = all[static_cast<std::size_t>(2 + day)]["revenue"];
    EXPECT_EQ(all.back()["revenue"], revenue);
    EXPECT_NEAR(std::stod(revenue), 11'000, 551);
    seen.insert(revenue);
  }
  EXPECT_EQ(seen.size(), 5U);
}

TEST_F(SimAdminSwitches, UpsellsCanBeSwitchedOff) {
  postback("subid=a&tid=1");
  change(R"({"upsells":false})");
  postback("subid=a&tid=2");
  EXPECT_EQ(rows().size(), 1U);
}

TEST_F(SimAdminSwitches, ALateClickIsFoundByALaterPostback) {
  change(R"({"late_clicks":1,"late_clicks_by_ms":60000})");
  postback("subid=a&status=lead");
  EXPECT_EQ(rows().size(), 0U);
  EXPECT_EQ(log("a")[0]["message"], "SubID not found \"a\"");
  now_ += std::chrono::minutes{1};
  postback("subid=a&status=lead");
  EXPECT_EQ(rows().size(), 1U);
}

TEST_F(SimAdminSwitches, ConversionsAreChangedAndDeletedByHand) {
  postback("subid=a&tid=1&status=sale&payout=5");
  postback("subid=a&tid=2&status=sale&payout=6");
  postback("subid=b&status=sale&payout=7");
  const auto by_hand = [&](const std::string& body) { return request("POST", "/sim/conversions", body); };
  EXPECT_EQ(by_hand(R"({"subid":"a","tid":"2","revenue":"66","status":"rejected"})").body,
            "{\"changed\":1}\n");
  EXPECT_EQ(by_hand(R"({"conversion_id":3,"delete":true})").status, 200);
  const json left = rows();
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[1]["revenue"], "66");
  EXPECT_EQ(left[1]["status"], "rejected");
  EXPECT_EQ(left[1]["previous_status"], "sale");
  EXPECT_EQ(json::parse(request("GET", "/sim/conversions").body)["total"], 2);
  EXPECT_EQ(json::parse(request("GET", "/sim/stats").body)["conversions"], 2);

  EXPECT_EQ(by_hand(R"({"conversion_id":3,"revenue":"1"})").status, 404);
  EXPECT_EQ(by_hand(R"({"subid":"zz","revenue":"1"})").status, 404);
  for (const std::string wrong : {R"([])", R"({"revenue":"1"})", R"({"subid":"a","revenue":1})",
                                  R"({"subid":"a","revenue":"x"})", R"({"subid":"a","nope":"1"})"})
    EXPECT_EQ(by_hand(wrong).status, 400) << wrong;

  postback("subid=b&status=lead&payout=8");  // a deleted one begins again
  EXPECT_EQ(rows().size(), 3U);
}

TEST_F(SimAdminSwitches, TheLogShowsUrlsWithTheKeyUnlessSwitchedOff) {
  settings_.key = "key";
  postback("subid=a");
  EXPECT_EQ(log("a").back()["message"], "Request http://t.example:8787/key/postback?subid=a");
  EXPECT_THAT(request("GET", "/").body, Not(HasSubstr("/key/")));
  change(R"({"log_urls":false})");
  postback("subid=zz9");
  EXPECT_EQ(log("zz9").size(), 3U);
}

}  // namespace
}  // namespace keitaro_sim
