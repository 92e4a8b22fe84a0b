#include "sim/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "keitaro_sim/raw_client.hpp"

namespace keitaro_sim {
namespace {

using nlohmann::json;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

class SimServer : public ::testing::Test {
 protected:
  /// Listens; set the settings before.
  int port() {
    if (!server_) {
      simulator_ = std::make_unique<Simulator>(settings_, TrackerSettings{}, nullptr);
      server_ = std::make_unique<Server>(*simulator_, "127.0.0.1", 0);
    }
    return server_->port();
  }

  json stats() { return json::parse(RawClient(port()).get("/sim/stats")->body); }

  SimulatorSettings settings_;
  std::unique_ptr<Simulator> simulator_;
  std::unique_ptr<Server> server_;
};

TEST_F(SimServer, PostbackIsAnswered) {
  RawClient client(port());
  const auto response = client.get("/key/postback?subid=a%20b&status=lead&return=OK");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "OK");
  EXPECT_THAT(client.get("/sim/conversions")->body, HasSubstr("\"sub_id\":\"a b\""));
}

TEST_F(SimServer, WrongKeyIsTurnedAway) {
  EXPECT_EQ(RawClient(port()).get("/nokey/postback?subid=abc")->status, 404);
}

TEST_F(SimServer, OneConnectionCarriesAnyNumberOfRequests) {
  RawClient client(port());
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(client.get("/key/postback?subid=s" + std::to_string(i))) << i;
  EXPECT_EQ(stats()["conversions"], 300);
}

TEST_F(SimServer, PipelinedRequestsAreAnsweredInOrder) {
  RawClient client(port());
  std::string requests;
  for (int i = 0; i < 50; ++i)
    requests += "GET /key/postback?subid=s&return=" + std::to_string(i) + " HTTP/1.1\r\nHost: sim\r\n\r\n";
  client.send(requests);
  for (int i = 0; i < 50; ++i) {
    const auto response = client.receive();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, std::to_string(i));
  }
}

TEST_F(SimServer, ConnectionIsClosedWhenThePeerAsks) {
  RawClient client(port());
  EXPECT_EQ(client.get("/key/postback?subid=abc", "Connection: close\r\n")->status, 200);
  EXPECT_TRUE(client.ended());
}

TEST_F(SimServer, RequestWithABodyKeepsTheConnectionInStep) {
  settings_.post_allowed = true;
  RawClient client(port());
  EXPECT_EQ(
      client
          .post("/key/postback", "subid=abc&return=OK", "Content-Type: application/x-www-form-urlencoded\r\n")
          ->body,
      "OK");
  client.send(
      "GET /key/postback?subid=abc&return=again HTTP/1.1\r\nHost: sim\r\nContent-Length: 5\r\n\r\nextra");
  EXPECT_EQ(client.receive()->body, "again");
  EXPECT_EQ(client.get("/key/postback?subid=abc&return=last")->body, "last");
}

TEST_F(SimServer, HundredsOfConnectionsAreOpenAtOnce) {
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 300; ++i) clients.push_back(std::make_unique<RawClient>(port()));
  for (const auto& client : clients) ASSERT_TRUE(client->get("/key/postback?subid=abc"));
  for (const auto& client : clients) ASSERT_TRUE(client->get("/key/postback?subid=abc"));
}

TEST_F(SimServer, CutBeforeEndsTheConnectionWithoutTakingIn) {
  settings_.trouble.cut_before = 1;
  RawClient client(port());
  EXPECT_FALSE(client.get("/key/postback?subid=abc"));
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(stats()["processed"], 0);
}

TEST_F(SimServer, CutAfterTakesInAndEndsTheConnection) {
  settings_.trouble.cut_after = 1;
  RawClient client(port());
  EXPECT_FALSE(client.get("/key/postback?subid=abc"));
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(stats()["processed"], 1);
}

TEST_F(SimServer, HangEndsAfterItsTime) {
  settings_.trouble.hang = 1;
  settings_.trouble.hang_for = Millis{100};
  RawClient client(port());
  const auto start = steady_clock::now();
  EXPECT_FALSE(client.get("/key/postback?subid=abc"));
  EXPECT_GE(steady_clock::now() - start, Millis{100});
}

TEST_F(SimServer, LatencyComesBeforeTheAnswer) {
  settings_.trouble.latency = Millis{80};
  RawClient client(port());
  const auto start = steady_clock::now();
  EXPECT_TRUE(client.get("/key/postback?subid=abc"));
  EXPECT_GE(steady_clock::now() - start, Millis{80});
}

TEST_F(SimServer, FailureCarriesRetryAfterAndKeepsTheConnection) {
  settings_.trouble.fail = {{503, 1}};
  settings_.trouble.retry_after = 2;
  RawClient client(port());
  const auto response = client.get("/key/postback?subid=abc");
  EXPECT_EQ(response->status, 503);
  EXPECT_THAT(response->head, HasSubstr("Retry-After: 2"));
  EXPECT_EQ(client.get("/sim/stats")->status, 200);
}

TEST_F(SimServer, FailureWithoutABodyKeepsTheConnectionInStep) {
  settings_.trouble.fail = {{204, 1}};
  RawClient client(port());
  EXPECT_EQ(client.get("/key/postback?subid=abc")->status, 204);
  EXPECT_EQ(client.get("/key/postback?subid=abc")->status, 204);
}

TEST_F(SimServer, TroubleIsChangedWhileItRuns) {
  RawClient client(port());
  EXPECT_EQ(client.get("/key/postback?subid=abc")->status, 200);
  EXPECT_EQ(client.post("/sim/trouble", R"({"fail":{"503":1.0}})")->status, 200);
  EXPECT_EQ(client.get("/key/postback?subid=abc")->status, 503);
  EXPECT_EQ(client.post("/sim/trouble", R"({"fail":{}})")->status, 200);
  EXPECT_EQ(client.get("/key/postback?subid=abc")->status, 200);
}

TEST_F(SimServer, AdminApiReadsBackWhatArrived) {
  RawClient client(port());
  client.get("/key/postback?subid=abc&status=lead&payout=1.5");
  const std::string key = "Api-Key: api-key\r\n";
  EXPECT_EQ(client.get("/admin_api/v1/logs/postbacks")->status, 401);
  EXPECT_THAT(client.get("/admin_api/v1/logs/postbacks?query=abc&limit=1", key)->body,
              HasSubstr("Subid abc complete"));
  const auto report =
      client.post("/admin_api/v1/conversions/log", R"({"columns":["sub_id","revenue"],"limit":9})", key);
  EXPECT_EQ(json::parse(report->body)["rows"][0], json({{"sub_id", "abc"}, {"revenue", "1.5"}}));
  const auto wrong = client.get("/admin_api/v1/wrong", key);
  EXPECT_EQ(wrong->status, 200);
  EXPECT_THAT(wrong->head, HasSubstr("text/html"));
}

TEST_F(SimServer, PortThatIsTakenIsAnError) {
  const int taken = port();
  EXPECT_THROW(Server(*simulator_, "127.0.0.1", taken), std::runtime_error);
}

TEST_F(SimServer, EndDoesNotWaitForHangsOrIdleConnections) {
  settings_.trouble.hang = 1;
  settings_.trouble.hang_for = Millis{600'000};
  RawClient idle(port());
  RawClient hanging(port());
  ASSERT_EQ(idle.get("/sim/stats")->status, 200);
  hanging.send("GET /key/postback?subid=abc HTTP/1.1\r\nHost: sim\r\n\r\n");
  const auto deadline = steady_clock::now() + std::chrono::seconds{20};
  while (stats()["received"] == 0 && steady_clock::now() < deadline) std::this_thread::yield();
  const auto start = steady_clock::now();
  server_.reset();
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds{20});
  EXPECT_TRUE(hanging.ended());
  EXPECT_TRUE(idle.ended());
}

}  // namespace
}  // namespace keitaro_sim
