#include "http/server/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "http_server/raw_client.hpp"

namespace keitaro_outbox::http_server_tests {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using http::Reply;
using http::Request;
using http::Response;
using http::Server;
using http::ServerOptions;
using testing::HasSubstr;
using testing::Not;

/// Answers with what it understood; `/later` when told to, `/throw` with an exception.
class Echo {
 public:
  void operator()(Request&& request, Reply reply) {
    if (request.path == "/throw") throw std::runtime_error("secret");
    if (request.path == "/drop") return;
    if (request.path == "/later") {
      const std::lock_guard lock(mutex_);
      later_.push_back(std::move(reply));
      came_.notify_all();
      return;
    }
    Response response;
    response.body =
        request.method + "|" + request.path + "|" + request.query + "|" + request.body + "|" + request.peer;
    reply.send(std::move(response));
  }

  /// Waits until that many wait for their answers, then takes these.
  std::vector<Reply> take_later(std::size_t count) {
    std::unique_lock lock(mutex_);
    if (!came_.wait_for(lock, 30s, [&] { return later_.size() >= count; }))
      throw std::runtime_error("none came");
    return std::exchange(later_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Reply> later_;
};

class ServerTest : public testing::Test {
 protected:
  Server& start(ServerOptions options = {}) {
    server_.emplace(std::move(options),
                    [this](Request&& request, Reply reply) { echo_(std::move(request), std::move(reply)); });
    return *server_;
  }
  RawClient client(const std::string& from = "") { return RawClient(server_->port(), from); }

  Echo echo_;
  std::optional<Server> server_;
};

TEST_F(ServerTest, HandsARequestOverAsItWasSent) {
  start();
  auto c = client();
  c.send(get("/a%2Fb/..//c?x=%41+b&y&&z=%00"));
  EXPECT_EQ(c.receive()->body, "GET|/a%2Fb/..//c|x=%41+b&y&&z=%00||127.0.0.1");
  c.send(post("/p?q=1", "a=b&c"));
  EXPECT_EQ(c.receive()->body, "POST|/p|q=1|a=b&c|127.0.0.1");
  c.send(get("http://elsewhere/p?q"));
  EXPECT_EQ(c.receive()->body, "GET|/p|q||127.0.0.1");
}

TEST_F(ServerTest, AChunkedBodyIsReadWhole) {
  start();
  auto c = client();
  c.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  c.send("2\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(c.receive()->body, "POST|/||abcde|127.0.0.1");
}

TEST_F(ServerTest, ABodyIsWaitedForWithAContinue) {
  start();
  auto c = client();
  c.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  c.send("ab");
  EXPECT_EQ(c.receive()->body, "POST|/||ab|127.0.0.1");
}

TEST_F(ServerTest, RequestsInOneStreamAreAnsweredInTheirOrder) {
  start();
  auto c = client();
  c.send(get("/1") + post("/2", "x") + get("/3"));
  for (const char* path : {"/1", "/2", "/3"}) EXPECT_THAT(c.receive()->body, HasSubstr(path));
}

TEST_F(ServerTest, AHeadGetsNoBody) {
  start();
  auto c = client();
  c.send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto answer = c.receive(false);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  c.send(get("/b"));
  EXPECT_THAT(c.receive()->body, HasSubstr("GET|/b")) << "what follows is the next answer";
}

TEST_F(ServerTest, TheOldProtocolIsSpokenToo) {
  start();
  auto c = client();
  c.send("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_THAT(c.receive()->body, HasSubstr("GET|/a"));
  EXPECT_TRUE(c.ended());
}

TEST_F(ServerTest, AnAnswerMayComeLaterFromAnotherThreadWhileOthersAreServed) {
  start();
  auto waits = client();
  waits.send(get("/later"));
  auto replies = echo_.take_later(1);
  auto other = client();
  EXPECT_EQ(other.status_of(get("/a")), 200);
  EXPECT_FALSE(waits.has_ended());
  std::thread([&] { replies.front().send({202, "now"}); }).join();
  const auto answer = waits.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 202);
  EXPECT_EQ(answer->body, "now");
  EXPECT_EQ(waits.status_of(get("/a")), 200) << "the connection lives on";
}

TEST_F(ServerTest, ManyMayWaitAtOnce) {
  start();
  std::vector<RawClient> clients;
  for (int i = 0; i < 80; ++i) {
    clients.push_back(client());
    clients.back().send(get("/later"));
  }
  auto replies = echo_.take_later(80);
  for (Reply& reply : replies) reply.send({200, "x"});
  for (RawClient& c : clients) {
    const auto answer = c.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "x");
  }
}

TEST_F(ServerTest, AClientThatGoesAwayMeanwhileIsNoTrouble) {
  start();
  {
    auto c = client();
    c.send(get("/later"));
    auto replies = echo_.take_later(1);
    { const RawClient gone = std::move(c); }
    replies.front().send({200, "x"});
  }
  EXPECT_EQ(client().status_of(get("/a")), 200);
}

TEST_F(ServerTest, AHandlerThatThrowsOrForgetsIsAnsweredForWithoutTellingWhy) {
  start();
  auto c = client();
  c.send(get("/throw"));
  const auto answer = c.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 500);
  EXPECT_THAT(answer->body, Not(HasSubstr("secret")));
  EXPECT_EQ(client().status_of(get("/drop")), 500);
}

TEST_F(ServerTest, WhatIsTooLargeIsToldSo) {
  start();
  const std::string just_right = "/" + std::string(8 * 1024 - 1, 'a');
  EXPECT_EQ(client().status_of(get(just_right)), 200);
  EXPECT_EQ(client().status_of(get(just_right + "a")), 414);
  EXPECT_EQ(client().status_of(get("/" + std::string(100'000, 'a'))), 414);

  std::string headers;
  for (int i = 0; i < 30; ++i)
    headers += "X-" + std::to_string(10 + i) + ": " + std::string(500, 'h') + "\r\n";
  EXPECT_EQ(client().status_of(get(just_right, headers)), 200);
  EXPECT_EQ(client().status_of(get("/", headers + headers)), 431);
  EXPECT_EQ(client().status_of(get("/", "X: " + std::string(100'000, 'h') + "\r\n")), 431);

  const std::string body(64 * 1024, 'b');
  EXPECT_EQ(client().status_of(post("/", body)), 200);
  EXPECT_EQ(client().status_of(post("/", body + "b")), 413);
  EXPECT_EQ(client().status_of(post("/", std::string(100'000, 'b'))), 413);
  EXPECT_EQ(client().status_of("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n"),
            413);
}

TEST_F(ServerTest, AnyNumberOfParametersIsHandedOver) {
  start();
  for (const std::size_t count : {10U, 500U, 550U, 600U, 2000U, 8000U}) {
    const std::string query(count, '&');
    auto c = client();
    c.send(get("/a?" + query));
    const auto answer = c.receive();
    ASSERT_TRUE(answer) << count;
    EXPECT_EQ(answer->body, "GET|/a|" + query + "||127.0.0.1");
  }
}

TEST_F(ServerTest, AHeadOfManyPartsIsAnsweredEvenWhereTheLibraryHasNoRoomForIt) {
  start();
  for (const std::string& part : {"a=b; "s, "ab=cd;"s, ";"s}) {
    for (std::size_t count = 100; count * part.size() < 15'000; count += 20) {
      std::string cookies;
      for (std::size_t i = 0; i < count; ++i) cookies += part;
      const int status = client().status_of(get("/", "Cookie: " + cookies + "\r\n"));
      EXPECT_TRUE(status == 200 || status == 431) << status << " to " << count << " times " << part;
    }
  }
  for (std::size_t count = 100; count < 3000; count += 100) {
    std::string headers;
    for (std::size_t i = 0; i < count; ++i) headers += "a:\r\n";
    const int status = client().status_of(get("/", headers));
    EXPECT_TRUE(status == 200 || status == 431) << status << " to " << count << " headers";
  }
  EXPECT_EQ(client().status_of(get("/ok")), 200);
}

TEST_F(ServerTest, WhatTheLibraryCannotTakeIsAnsweredOnceAndInOurWords) {
  start();
  std::string cookies;
  for (int i = 0; i < 1000; ++i) cookies += "a=b; ";
  const struct {
    std::string headers;
    int status;
    std::string says;
  } heads[] = {{"Content-Length: abc\r\n", 400, "Content-Length is not a number\n"},
               {"Content-Length: 10 \r\n", 400, "Content-Length is not a number\n"},
               {"Content-Length:\r\n", 400, "Content-Length is not a number\n"},
               {"Content-Length: 99999999999999999999\r\n", 413, "the body is too large\n"},
               {"Cookie: " + cookies + "\r\n", 431, "the headers are too long\n"}};
  auto waiting = client();
  waiting.send("GET /half HTTP/1.1\r\nHost: x\r\n");
  for (const auto& head : heads) {
    auto c = client();
    c.send(get("/a", head.headers));
    const auto answer = c.receive();
    ASSERT_TRUE(answer) << head.says;
    EXPECT_EQ(answer->status, head.status);
    EXPECT_EQ(answer->body, head.says);
    EXPECT_FALSE(c.receive()) << head.says;
  }
  waiting.send("\r\n");
  EXPECT_EQ(waiting.receive()->status, 200) << "another's head is not taken for it";
}

TEST_F(ServerTest, ABodyOfMegabytesIsAnsweredBeforeTheConnectionEnds) {
  start();
  for (const std::size_t size : {1'000'000U, 1'100'000U, 10'000'000U}) {
    auto c = client();
    EXPECT_TRUE(c.send(post("/", std::string(size, 'b')))) << size;
    const auto answer = c.receive();
    ASSERT_TRUE(answer) << size;
    EXPECT_EQ(answer->status, 413) << size;
  }
  auto c = client();
  c.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_EQ(c.receive()->status, 413) << "the body was not asked for";
}

TEST_F(ServerTest, AHeadThatComesInPiecesIsReadWhole) {
  start();
  const std::string request =
      get("/" + std::string(8000, 'a'), "X: " + std::string(15'000, 'h') + "\r\nY:\r\n");
  auto c = client();
  for (std::size_t at = 0; at < request.size(); at += 700) {
    c.send(request.substr(at, 700));
    EXPECT_EQ(client().status_of(get("/ok")), 200) << "the piece was seen";
  }
  EXPECT_EQ(c.receive()->status, 200);
}

TEST_F(ServerTest, AHeadWithBytesThatTheLibraryDoesNotShowIsRefused) {
  start();
  const std::string blanks = "A: b\r\nC: d\r\nE: f\r\nG: h\r\n";
  for (const std::string& header :
       {"X: a\0b\r\n"s, "X: \0\r\n"s, "X: a\0\r\n"s, "X:\r\n b\r\n"s, "X: a\r\n b\r\n"s, "X:\r\n\tb\r\n"s,
        "X: a\r\n \r\n"s, "X-Forwarded-For:\r\n 203.0.113.5\r\n"s, "X\0: a\r\n"s, "X: a\0b\n"s}) {
    for (const std::string& head : {header, header + blanks, blanks + header})
      EXPECT_EQ(client().status_of(get("/a", head)), 400) << testing::PrintToString(head);
  }
  EXPECT_EQ(client().status_of(get("/a", "X:a\r\nY:\r\nZ: \t b \r\n" + blanks)), 200);
  EXPECT_EQ(client().status_of("GET /a HTTP/1.1\nHost: x\nX: a\n\n"), 200)
      << "ends of lines without CR are read";
}

TEST_F(ServerTest, ABlankInTheAddressIsToldOf) {
  start();
  for (const std::string& target : {"/a?b=c d"s, "/a?b=c "s, " /a"s, "/a b?c"s}) {
    auto c = client();
    c.send(get(target));
    const auto answer = c.receive();
    ASSERT_TRUE(answer) << target;
    EXPECT_EQ(answer->status, 400) << target;
    EXPECT_FALSE(c.receive()) << target;
  }
}

TEST_F(ServerTest, ARequestWithoutAHostIsAnsweredOnce) {
  start();
  auto c = client();
  c.send("GET /a HTTP/1.1\r\n\r\n");
  const auto answer = c.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 400);
  EXPECT_THAT(answer->body, HasSubstr("there is no Host"));
  EXPECT_FALSE(c.receive());
}

TEST_F(ServerTest, AChunkedBodyThatIsTooLargeIsToldSoOrCutOff) {
  start();
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string chunk = "8000\r\n" + std::string(0x8000, 'c') + "\r\n";
  EXPECT_EQ(client().status_of(head + chunk + chunk + "0\r\n\r\n"), 200);
  EXPECT_EQ(client().status_of(head + chunk + chunk + "1\r\nc\r\n0\r\n\r\n"), 413);
  auto endless = client();
  endless.send(head);
  while (endless.send(chunk)) {
  }
  const auto answer = endless.receive();
  EXPECT_TRUE(!answer || answer->status == 413);
  EXPECT_FALSE(endless.receive()) << "the connection has ended";
}

TEST_F(ServerTest, OtherMethodsAreNotAllowed) {
  start();
  for (const char* method : {"PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get", "BREW"}) {
    auto c = client();
    c.send(std::string(method) + " /a HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto answer = c.receive();
    ASSERT_TRUE(answer) << method;
    EXPECT_EQ(answer->status, 405) << method;
    EXPECT_THAT(answer->head, HasSubstr("Allow: GET, HEAD, POST\r\n")) << method;
  }
}

TEST_F(ServerTest, WhatCouldSmuggleASecondRequestEndsTheConnection) {
  start();
  const std::string hidden = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::vector<std::string> heads{
      "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
      "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
      "Content-Length: 0\r\nContent-Length: 36\r\n",
      "Content-Length: 36\r\nContent-Length: 0\r\n",
      "Content-Length: 0, 36\r\n",
      "Content-Length: +0\r\n",
      "Content-Length: 0x0\r\n",
      "Content-Length : 0\r\n",
      "Transfer-Encoding: identity\r\n",
      "Transfer-Encoding: chunked, identity\r\n",
      "Transfer-Encoding: xchunked\r\n",
      "Transfer-Encoding : chunked\r\n",
      "Transfer-Encoding: \x0b"
      "chunked\r\n",
      "Host: y\r\n",
  };
  for (const std::string& head : heads) {
    auto c = client();
    c.send("POST /a HTTP/1.1\r\nHost: x\r\n" + head + "\r\n0\r\n\r\n" + hidden);
    while (const auto answer = c.receive()) {
      EXPECT_EQ(answer->status, 400) << head;
      EXPECT_THAT(answer->body, Not(HasSubstr("hidden"))) << head;
    }
  }
}

TEST_F(ServerTest, ARequestThatIsNoneIsNotHandedOver) {
  start();
  for (const std::string& bytes :
       {"\r\n\r\n\x16\x03\x01\x02"s, "GET\r\n\r\n"s, "GET /a\r\n\r\n"s, "GET /a HTTP/9.9\r\nHost: x\r\n\r\n"s,
        "GET  HTTP/1.1\r\nHost: x\r\n\r\n"s, "GET /a HTTP/1.1\r\n\r\n"s, "GET a HTTP/1.1\r\nHost: x\r\n\r\n"s,
        "GET /a HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n"s, "GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n"s,
        "GET /a HTTP/1.1\r\nHost: x\r\nX: a\0bcd\r\n\r\n"s, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"s}) {
    auto c = client();
    c.send(bytes);
    ::testing::internal::CaptureStderr();
    const auto answer = c.receive();
    ::testing::internal::GetCapturedStderr();
    EXPECT_TRUE(!answer || answer->status >= 400) << testing::PrintToString(bytes) << answer->body;
  }
}

TEST_F(ServerTest, AClientThatDripsIsCutOffAndOthersAreServedMeanwhile) {
  ServerOptions options;
  options.limits.request = 400ms;
  start(std::move(options));
  for (const std::string& beginning :
       {"GET /a?"s, get("/a", "X: ").substr(0, 30), post("/a", std::string(999, 'b')).substr(0, 90)}) {
    auto drips = client();
    drips.send(beginning);
    bool ended = false;
    for (int i = 0; i < 3000 && !ended; ++i) {
      drips.send("a");
      EXPECT_EQ(client().status_of(get("/ok")), 200);
      std::this_thread::sleep_for(10ms);
      ended = drips.has_ended();
    }
    EXPECT_TRUE(ended) << beginning;
  }
}

TEST_F(ServerTest, ASilentClientIsCutOff) {
  ServerOptions options;
  options.limits.request = 50ms;
  options.limits.idle = 50ms;
  start(std::move(options));
  EXPECT_TRUE(client().ended());
  auto kept = client();
  EXPECT_EQ(kept.status_of(get("/a")), 200);
  EXPECT_TRUE(kept.ended());
  EXPECT_EQ(server_->figures().overdue_connections, 2U);
}

TEST_F(ServerTest, ARequestThatIsBeingHandledIsNotCutOff) {
  ServerOptions options;
  options.limits.request = 20ms;
  start(std::move(options));
  auto waits = client();
  waits.send(get("/later"));
  auto replies = echo_.take_later(1);
  EXPECT_TRUE(client().ended()) << "the watcher has looked at all of them";
  replies.front().send({200, "x"});
  EXPECT_TRUE(waits.receive());
}

TEST_F(ServerTest, AFloodOfConnectionsLeavesRoomForAnHonestClient) {
  ServerOptions options;
  options.limits.connections = 40;
  options.limits.connections_per_client = 20;
  start(std::move(options));
  std::vector<RawClient> flood;
  for (int i = 0; i < 300; ++i) flood.push_back(client("127.0.1." + std::to_string(1 + i % 100)));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(client("127.0.2.1").status_of(get("/ok")), 200);
  EXPECT_LE(server_->figures().connections, 40 + 256);
  EXPECT_GT(server_->figures().evicted_connections, 0U);
}

TEST_F(ServerTest, OneClientCannotTakeAllConnections) {
  ServerOptions options;
  options.limits.connections_per_client = 5;
  start(std::move(options));
  std::vector<RawClient> greedy;
  for (int i = 0; i < 5; ++i) {
    greedy.push_back(client("127.0.1.1"));
    EXPECT_EQ(greedy.back().status_of(get("/a")), 200);
  }
  auto sixth = client("127.0.1.1");
  sixth.send(get("/a"));
  EXPECT_FALSE(sixth.receive());
  EXPECT_EQ(client("127.0.1.2").status_of(get("/a")), 200);
}

TEST_F(ServerTest, AProxyMayHaveAnyNumber) {
  ServerOptions options;
  options.limits.connections_per_client = 1;
  options.trusted.push_back(*core::IpNetwork::parse("127.0.1.0/24"));
  start(std::move(options));
  std::vector<RawClient> many;
  for (int i = 0; i < 10; ++i) {
    many.push_back(client("127.0.1.1"));
    EXPECT_EQ(many.back().status_of(get("/a")), 200);
  }
}

TEST_F(ServerTest, AStopAnswersWhatIsBeingHandled) {
  start();
  auto handled = client();
  handled.send(get("/later"));
  auto replies = echo_.take_later(1);
  std::thread stops([&] { server_.reset(); });
  replies.front().send({200, "in time"});
  EXPECT_EQ(handled.receive()->body, "in time");
  stops.join();
}

TEST_F(ServerTest, AStopAnswersForAHandlerThatDoesNot) {
  start();
  auto handled = client();
  handled.send(get("/later"));
  auto replies = echo_.take_later(1);
  std::thread stops([&] { server_.reset(); });
  EXPECT_EQ(handled.receive()->status, 503);
  stops.join();
  replies.front().send({200, "too late"});  // harmless
}

TEST_F(ServerTest, APortThatIsTakenIsRefusedInOneLine) {
  Server& first = start();
  ServerOptions options;
  options.port = first.port();
  try {
    const Server second(options, [](Request&&, Reply) {});
    FAIL() << "two servers listen on one port";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(error.what(), "cannot listen on 127.0.0.1:" + std::to_string(first.port()) +
                                ": another process listens there: stop it, or choose another port");
  }
}

TEST_F(ServerTest, ListensOnTheOtherProtocolToo) {
  ServerOptions options;
  options.host = "::1";
  EXPECT_GT(start(options).port(), 0);
}

}  // namespace
}  // namespace keitaro_outbox::http_server_tests
