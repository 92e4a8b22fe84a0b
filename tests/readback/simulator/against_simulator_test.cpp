// The client against keitaro-sim over real sockets, with its switches.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "http/client/api_caller.hpp"
#include "readback/admin_api_client.hpp"
#include "sim/server.hpp"
#include "sim/simulator.hpp"

namespace keitaro_outbox::readback {
namespace {

using ports::Asked;
using ::testing::HasSubstr;
using ::testing::Not;

class AgainstSimulator : public ::testing::Test {
 protected:
  keitaro_sim::HttpAnswer request(const std::string& method, const std::string& target,
                                  const std::string& body = "") {
    keitaro_sim::HttpQuestion question;
    question.method = method;
    question.target = target;
    question.body = body;
    question.host = "t.example";
    return simulator_.answer(question, now_);
  }

  void postback(const std::string& query) { request("GET", "/key/postback?" + query); }
  void change(const std::string& json) { ASSERT_EQ(request("POST", "/sim/admin", json).status, 200) << json; }

  static http::ApiCallerOptions local() {
    http::ApiCallerOptions options;
    options.allow_private = true;
    return options;
  }

  ports::RecordsAnswer ask(const std::vector<std::string>& subids) {
    return client_.conversions(subids, range_);
  }

  const core::WallTime now_ = core::wall_time(1'777'627'800'000);
  const ports::RecordRange range_{now_ - std::chrono::hours{1}, now_ + std::chrono::hours{1}};
  keitaro_sim::Simulator simulator_{keitaro_sim::SimulatorSettings{}, keitaro_sim::TrackerSettings{},
                                    nullptr};
  keitaro_sim::Server server_{simulator_, "127.0.0.1", 0};
  http::ApiCaller http_{local()};
  RequestPace pace_{1e6, {}};
  AdminApiClient client_{{"http://127.0.0.1:" + std::to_string(server_.port()), "api-key", {}}, http_, pace_};
};

TEST_F(AgainstSimulator, BothDialectsAndATimeZoneAreRead) {
  postback("subid=a&status=sale&payout=12.5&tid=o-1");
  for (const char* switches :
       {R"({"time_zone":"+03:00"})", R"({"event_columns":true})", R"({"event_columns":false})"}) {
    change(switches);
    const auto answer = ask({"a", "b"});
    ASSERT_EQ(answer.asked, Asked::answered) << answer.error;
    ASSERT_EQ(answer.conversions.size(), 1U) << switches;
    EXPECT_EQ(answer.conversions[0].tid, "o-1");
    EXPECT_EQ(answer.conversions[0].revenue, "12.5");
    EXPECT_EQ(answer.conversions[0].recorded_at, "2026-05-01 12:30:00");
    EXPECT_LE(answer.requests, 3);
    EXPECT_EQ(ask({"a"}).requests, 1);
  }
}

TEST_F(AgainstSimulator, PagesAreReadWhateverTheirSizeAndTotal) {
  for (int i = 0; i < 45; ++i) postback("subid=a&tid=" + std::to_string(i));
  for (const char* switches :
       {R"({"page_rows":20})", R"({"total":false})", R"({"dropped_columns":["conversion_id"]})"}) {
    change(switches);
    EXPECT_EQ(ask({"a"}).conversions.size(), 45U) << switches;
    EXPECT_EQ(client_.all_conversions(range_).asked, Asked::answered) << switches;
  }
  change(R"({"repeat_page":1})");
  EXPECT_EQ(ask({"a"}).asked, Asked::too_much);
  change(R"({"repeat_page":0.5})");
  for (int i = 0; i < 20; ++i) {
    const auto answer = ask({"a"});
    EXPECT_EQ(answer.conversions.size() == 45, answer.asked == Asked::answered) << answer.error;
  }
}

TEST_F(AgainstSimulator, TroubleIsToldForWhatItIs) {
  postback("subid=a");
  const struct {
    const char* switches;
    Asked asked;
  } cases[] = {{R"({"admin_api":"unpaid"})", Asked::no_api},
               {R"({"admin_api":"not-found"})", Asked::wrong_path},
               {R"({"admin_api":"on","html":1})", Asked::wrong_path},
               {R"({"html":0,"truncated":1})", Asked::failed},
               {R"({"truncated":0,"cut_before":1})", Asked::failed},
               {R"({"cut_before":0,"fail":{"429":1},"retry_after":5})", Asked::slow_down},
               {R"({"fail":{"502":1}})", Asked::too_much},
               {R"({"fail":{"401":1}})", Asked::key_refused},
               {R"({"fail":{},"dropped_columns":["sub_id"]})", Asked::failed},
               {R"({"dropped_columns":[]})", Asked::answered}};
  for (const auto& c : cases) {
    change(c.switches);
    const auto answer = ask({"a"});
    EXPECT_EQ(answer.asked, c.asked) << c.switches << ": " << answer.error;
    EXPECT_THAT(answer.error, Not(HasSubstr("api-key"))) << c.switches;
  }
}

TEST_F(AgainstSimulator, TheLogTellsOfAClickWithoutTheKey) {
  change(R"({"late_clicks":1,"late_clicks_by_ms":60000})");
  postback("subid=a&status=sale");
  const auto log = client_.postback_log("a");
  ASSERT_EQ(log.asked, Asked::answered) << log.error;
  ASSERT_EQ(log.lines.size(), 4U);
  EXPECT_EQ(log.lines.front().message, "SubID not found \"a\"");
  EXPECT_EQ(log.lines.back().message, "Request ***/postback?subid=a&status=sale");
}

}  // namespace
}  // namespace keitaro_outbox::readback
