#include "http/client/curl_transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <utility>

#include "client.hpp"
#include "raw_server.hpp"

namespace keitaro_outbox::http::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(CurlTransport, GivesTheAnswerWithTicketAndTimes) {
  RawServer server([](Connection& connection) {
    while (connection.read_request()) {
      connection.respond("busy", "503 Service Unavailable", "Retry-After: 7\r\n");
    }
  });
  Client client;
  const auto before = std::chrono::floor<core::Millis>(std::chrono::system_clock::now());
  const ports::Completion completion = client.complete(server.url());
  const auto after = std::chrono::floor<core::Millis>(std::chrono::system_clock::now());

  const core::Answer answer = answer_of(completion.exchange);
  EXPECT_EQ(answer.http_status, 503);
  EXPECT_EQ(answer.body, "busy");
  EXPECT_EQ(answer.retry_after, "7");
  EXPECT_EQ(completion.ticket, 1u);
  EXPECT_LE(before, completion.started_at);
  EXPECT_LE(completion.started_at, after);
  EXPECT_GE(completion.latency, 0ms);
  EXPECT_LE(completion.latency, after - before + 2ms);
}

TEST(CurlTransport, SendsAPlainGetWithOurUserAgentAndNothingThatAsksForMore) {
  RawServer server(answer_all);
  Client client;
  answer_of(client.get(server.url("/k/postback?a=1")));
  const std::string request = server.requests().at(0);
  EXPECT_THAT(request, StartsWith("GET /k/postback?a=1 HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nUser-Agent: keitaro-outbox/" + std::string(kVersion) + "\r\n"));
  for (const char* header : {"Accept-Encoding", "Cookie", "Upgrade", "Authorization", "Expect", "Proxy"}) {
    EXPECT_THAT(request, Not(HasSubstr(header)));
  }
}

TEST(CurlTransport, SendsTheUrlByteForByte) {
  const std::string path =
      "/k%2Fe%2fy/../a/./b//c/postback?subid=%C3%A9%0A%00&x=%26%3d%23+%25%22%27~a,;:@!$*()[]&y&&z=";
  RawServer server(answer_all);
  Client client;
  answer_of(client.get(server.url(path)));
  EXPECT_THAT(server.requests().at(0), StartsWith("GET " + path + " HTTP/1.1\r\n"));
}

TEST(CurlTransport, SendsTheQueryOfAUrlThatHasNoPath) {
  RawServer server(answer_all);
  Client client;
  answer_of(client.get(server.url("?subid=1&status=lead")));
  answer_of(client.get(server.url("")));
  EXPECT_THAT(server.requests().at(0), StartsWith("GET /?subid=1&status=lead HTTP/1.1\r\n"));
  EXPECT_THAT(server.requests().at(1), StartsWith("GET / HTTP/1.1\r\n"));
}

TEST(CurlTransport, KeepsItsConnection) {
  RawServer server(answer_all);
  CurlTransportOptions options;
  options.senders = 3;
  Client client(options);
  for (int i = 0; i < 200; ++i) ASSERT_EQ(answer_of(client.get(server.url())).body, "OK");
  EXPECT_EQ(server.requests().size(), 200u);
  EXPECT_EQ(server.connections(), 1u);
}

TEST(CurlTransport, KeepsManyInFlightAndTheirConnectionsForTheNext) {
  constexpr std::size_t kCount = 64;
  std::mutex mutex;
  std::condition_variable all_there;
  std::size_t waiting = 0;
  RawServer server([&](Connection& connection) {
    while (connection.read_request()) {
      {
        std::unique_lock lock(mutex);
        const std::size_t round_ends = (waiting++ / kCount + 1) * kCount;
        all_there.notify_all();
        if (!all_there.wait_for(lock, 10s, [&] { return waiting >= round_ends; })) return;
      }
      connection.respond("OK");
    }
  });
  for (const int senders : {1, 4}) {
    waiting = 0;
    CurlTransportOptions options;
    options.senders = senders;
    Client client(options);
    const std::size_t connections_before = server.connections();
    for (int round = 0; round < 3; ++round) {
      client.submit(kCount, server.url());
      for (const auto& completion : client.collect(kCount)) EXPECT_EQ(kind_of(completion.exchange), "answer");
    }
    EXPECT_EQ(server.connections() - connections_before, kCount) << senders;
  }
}

TEST(CurlTransport, NotifiesOnceForABatchOfCompletions) {
  Client client;
  client.submit(500, "ftp://127.0.0.1/secretkey/postback");
  EXPECT_EQ(client.collect(500).size(), 500u);
  EXPECT_LE(client.notifications(), 2u);
}

TEST(CurlTransport, TurnsAwayUrlsThatAreNeitherHttpNorHttps) {
  Client client;
  for (const char* url : {"ftp://127.0.0.1/secretkey", "file:///etc/passwd", "127.0.0.1/secretkey", "",
                          "http", "gopher://127.0.0.1/secretkey"}) {
    EXPECT_EQ(not_sent_of(client.get(url)).error, "the URL is neither http nor https") << url;
  }
}

TEST(CurlTransport, TurnsAwayMalformedUrls) {
  Client client;
  for (const char* url : {"http://", "http://127.0.0.1:99999/secretkey", "http://127.0.0.1/secret key",
                          "http://127.0.0.1/a\nb"}) {
    EXPECT_EQ(not_sent_of(client.get(url)).error, "the URL is malformed") << url;
  }
}

TEST(CurlTransport, FollowsNoRedirect) {
  RawServer target(answer_all);
  RawServer server([&](Connection& connection) {
    while (connection.read_request()) {
      connection.respond("moved", "302 Found", "Location: " + target.url() + "\r\n");
    }
  });
  Client client;
  EXPECT_EQ(answer_of(client.get(server.url())).http_status, 302);
  EXPECT_EQ(target.connections(), 0u);
  EXPECT_EQ(server.requests().size(), 1u);
}

/// Sets environment variables for the time of a test.
class Environment {
 public:
  explicit Environment(const std::string& proxy) {
    for (const char* name : kNames) setenv(name, proxy.c_str(), 1);
  }
  ~Environment() {
    for (const char* name : kNames) unsetenv(name);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  static constexpr const char* kNames[] = {"http_proxy", "https_proxy", "all_proxy",
                                           "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"};
};

TEST(CurlTransport, UsesNoProxyOfTheEnvironment) {
  RawServer trap(answer_all);
  const Environment environment(trap.url(""));
  RawServer server(answer_all);
  Client client;
  answer_of(client.get(server.url()));
  not_sent_of(client.get("https://127.0.0.1:" + std::to_string(unused_port()) + "/secretkey/postback"));
  EXPECT_EQ(trap.connections(), 0u);
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(CurlTransport, KeepsNoCookies) {
  RawServer server([](Connection& connection) {
    while (connection.read_request()) connection.respond("OK", "200 OK", "Set-Cookie: a=b\r\n");
  });
  Client client;
  answer_of(client.get(server.url()));
  answer_of(client.get(server.url()));
  EXPECT_THAT(server.requests().at(1), Not(HasSubstr("ookie")));
}

TEST(CurlTransport, EndsAtOnceWithTransfersHanging) {
  for (const int senders : {1, 3}) {
    RawServer server([](Connection& connection) {
      connection.read_request();
      connection.wait_until_closed();
    });
    CurlTransportOptions options;
    options.senders = senders;
    std::chrono::steady_clock::time_point start;
    {
      Client client(options);
      client.submit(20, server.url(), 60s);
      client.submit(5, "http://unresolvable.invalid/secretkey/postback", 60s);
      ASSERT_TRUE(server.wait_for_requests(20));
      start = std::chrono::steady_clock::now();
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, 2s) << senders;
  }
}

TEST(CurlTransport, EndsAtOnceWithNothingSubmitted) {
  const auto start = std::chrono::steady_clock::now();
  { const Client client; }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
}

/// Does one of many things to a request, by a digit in its query.
void mixed_handler(Connection& connection) {
  while (const auto request = connection.read_request()) {
    switch ((*request)[request->find("do=") + 3]) {
      case '0':
        return;
      case '1':
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nOK");
        return;
      case '2':
        connection.send("garbage\r\n\r\n");
        return;
      case '3':
        connection.wait_until_closed();
        return;
      case '4':
        connection.reset();
        return;
      default:
        connection.respond("OK");
    }
  }
}

TEST(CurlTransport, EndsEachRequestInExactlyOneCompletionWhateverHappens) {
  RawServer server(mixed_handler);
  const int refusing_port = unused_port();
  std::mt19937 random(20240229);
  std::uniform_int_distribution<int> pick(0, 9);
  std::uniform_int_distribution<std::size_t> batch(1, 40);

  CurlTransportOptions options;
  options.senders = 3;
  Client client(options);
  constexpr std::size_t kRequests = 1500;
  std::set<std::uint64_t> open;
  std::set<std::uint64_t> ended;
  std::uint64_t ticket = 0;
  while (ended.size() < kRequests) {
    std::vector<ports::Request> requests;
    for (std::size_t i = batch(random); i > 0 && ticket < kRequests && open.size() < 100; --i) {
      const int what = pick(random);
      std::string url = server.url("/secretkey/postback?do=" + std::to_string(what));
      if (what == 5) url = "http://127.0.0.1:" + std::to_string(refusing_port) + "/secretkey/postback";
      if (what == 6) url = "ftp://127.0.0.1/secretkey";
      open.insert(++ticket);
      requests.push_back(request(ticket, url, what == 3 ? 100ms : 10s, what != 7));
    }
    client.submit(std::move(requests));
    const auto completions = client.collect(std::min<std::size_t>(open.size(), 10));
    ASSERT_FALSE(completions.empty());
    for (const auto& completion : completions) {
      EXPECT_EQ(open.erase(completion.ticket), 1u) << completion.ticket;
      EXPECT_TRUE(ended.insert(completion.ticket).second) << completion.ticket;
      EXPECT_THAT(error_of(completion.exchange), Not(HasSubstr("secretkey")));
    }
  }
  EXPECT_TRUE(open.empty());
}

}  // namespace
}  // namespace keitaro_outbox::http::test
