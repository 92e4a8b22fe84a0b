#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "client.hpp"
#include "http/client/probe.hpp"
#include "raw_server.hpp"
#include "tls_server.hpp"

namespace keitaro_outbox::http::test {
namespace {

using ::testing::HasSubstr;

class Http2 : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!have_program("openssl") || !have_program("nginx"))
      GTEST_SKIP() << "needs the programs openssl and nginx";
    certificate_ = std::make_unique<Certificate>("IP:127.0.0.1");
    nginx_ = std::make_unique<NginxServer>(*certificate_, upstream_.port());
  }

  CurlTransportOptions options() const {
    CurlTransportOptions out;
    out.ca_file = certificate_->file();
    return out;
  }

  RawServer upstream_{[](Connection& connection) {
    connection.read_request();
    connection.wait_until_closed();
  }};
  std::unique_ptr<Certificate> certificate_;
  std::unique_ptr<NginxServer> nginx_;
};

TEST_F(Http2, IsUsedWhereTheServerOffersIt) {
  const ProbeReport report = probe(nginx_->url("/secretkey/postback"), true, 10s, certificate_->file());
  ASSERT_TRUE(report.answer);
  EXPECT_THAT(report.answer->text, HasSubstr("HTTP 200 by HTTP/2 in "));
  EXPECT_EQ(report.body_start, "OK");
}

TEST_F(Http2, CarriesManyRequestsOnOneConnection) {
  Client client(options());
  client.submit(64, nginx_->url("/connection"));
  std::set<std::string> connections;
  for (const auto& completion : client.collect(64)) connections.insert(answer_of(completion.exchange).body);
  EXPECT_EQ(connections.size(), 1u);
}

// One of the later requests reads the first one's answer as it starts, and others start after it; then
// nothing happens that could remind libcurl of that answer. Some rounds, as it depends on when nginx answers.
TEST_F(Http2, AnswerThatAnotherRequestReadIsNotLeftLying) {
  constexpr std::uint64_t kAnswered = 1000;
  for (int round = 0; round < 8; ++round) {
    Client client(options());
    answer_of(client.get(nginx_->url("/connection")));
    std::vector<ports::Request> requests = {request(kAnswered, nginx_->url("/connection"))};
    for (std::uint64_t i = 0; i < 60; ++i) requests.push_back(request(2000 + i, nginx_->url("/hang")));
    client.submit(std::move(requests));
    const auto completions = client.collect(1);
    ASSERT_EQ(completions.size(), 1u) << "all ended with their time-outs";
    ASSERT_EQ(completions[0].ticket, kAnswered);
    answer_of(completions[0].exchange);
  }
}

TEST_F(Http2, RequestsThatAnEndingConnectionHandsBackAreSentOnTheNext) {
  NginxServer nginx(*certificate_, upstream_.port(), 100);
  Client client(options());
  constexpr std::size_t kRequests = 2000;
  constexpr std::size_t kInFlight = 64;
  client.submit(kInFlight, nginx.url("/secretkey/postback"));
  std::size_t submitted = kInFlight;
  std::map<std::string, std::size_t> outcomes;
  for (std::size_t ended = 0; ended < kRequests;) {
    const auto completions = client.collect(1);
    ASSERT_FALSE(completions.empty());
    for (const auto& completion : completions) ++outcomes[core::describe(completion.exchange)];
    ended += completions.size();
    const std::size_t more = std::min(completions.size(), kRequests - submitted);
    client.submit(more, nginx.url("/secretkey/postback"));
    submitted += more;
  }
  // A few may still be lost: those that were on their way when the connection was reset.
  EXPECT_GE(outcomes["HTTP 200"], kRequests * 95 / 100) << ::testing::PrintToString(outcomes);
}

TEST_F(Http2, DoesNotLetAConnectionOfATrackerThatAllowsMoreBeUsed) {
  Client client(options());
  const std::string first = answer_of(client.get(nginx_->url("/connection"))).body;
  EXPECT_TRUE(not_sent_of(client.get(nginx_->url("/connection"), 10s, false)).forbidden_address);
  EXPECT_EQ(answer_of(client.get(nginx_->url("/connection"))).body, first);
}

TEST_F(Http2, RequestThatHangsEndsAtItsDeadlineAndLeavesTheOthersAlone) {
  constexpr std::uint64_t kHanging = 1000;
  Client client(options());
  client.submit({request(kHanging, nginx_->url("/hang"), 500ms)});
  ASSERT_TRUE(upstream_.wait_for_requests(1));
  std::set<std::string> connections;
  for (bool ended = false; !ended;) {
    client.submit({request(1, nginx_->url("/connection"))});
    const auto completions = client.collect(1);
    ASSERT_FALSE(completions.empty());
    for (const auto& completion : completions) {
      ended |= completion.ticket == kHanging;
      if (completion.ticket == kHanging) {
        EXPECT_EQ(lost_of(completion.exchange).error, "no answer within 500ms");
      } else {
        connections.insert(answer_of(completion.exchange).body);
      }
    }
    if (completions.size() < 2 && ended) client.collect(1);
  }
  EXPECT_EQ(connections.size(), 1u);
}

TEST_F(Http2, ConnectionThatFellSilentIsNotUsedAgain) {
  Client client(options());
  const std::string first = answer_of(client.get(nginx_->url("/connection"))).body;
  nginx_->process().freeze();
  EXPECT_EQ(lost_of(client.get(nginx_->url("/connection"), 300ms)).error, "no answer within 300ms");
  nginx_->process().thaw();
  EXPECT_NE(answer_of(client.get(nginx_->url("/connection"))).body, first);
}

}  // namespace
}  // namespace keitaro_outbox::http::test
