#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <iterator>
#include <string>
#include <thread>
#include <utility>

#include "client.hpp"
#include "http/client/response_reader.hpp"
#include "raw_server.hpp"

namespace keitaro_outbox::http::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::size_t kBodyCeiling = 16 * 1024;

/// A server that reads a request, sends these bytes, and closes.
RawServer::Handler send_and_close(std::string bytes) {
  return [bytes = std::move(bytes)](Connection& connection) {
    if (connection.read_request()) connection.send(bytes);
  };
}

struct Case {
  const char* name;
  std::string bytes;
  const char* kind;
  int status = 0;
  std::string text;  // of the body, or of the error
};

TEST(MisbehavingServer, IsReadForWhatItSaid) {
  const char* const closed = "the connection was closed before an answer came";
  const char* const invalid = "the answer is not valid HTTP";
  const Case cases[] = {
      {"nothing", "", "answer lost", 0, closed},
      {"part of a status line", "HTTP/1.", "answer lost", 0, ""},
      {"a status line alone", "HTTP/1.1 200 OK\r\n", "answer lost", 0, ""},
      {"headers without their end", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", "answer lost", 0, ""},
      {"an interim response alone", "HTTP/1.1 100 Continue\r\n\r\n", "answer lost", 0, ""},
      {"headers alone", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "answer", 200, ""},
      {"a body cut", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nOK", "answer", 200, "OK"},
      {"a body too long", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK and more", "answer", 200, "OK"},
      {"a body ended by closing", "HTTP/1.1 200 OK\r\n\r\nOK", "answer", 200, "OK"},
      {"chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nOK\r\n0\r\n\r\n", "answer", 200,
       "OK"},
      {"chunks cut", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nOK", "answer", 200, "OK"},
      {"chunks that are none", "HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nOK", "answer", 500,
       ""},
      {"an interim response first",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK", "answer", 200, "OK"},
      {"a switch of protocols", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "answer", 101, ""},
      {"no body by status", "HTTP/1.1 204 No Content\r\nContent-Length: 50\r\n\r\n", "answer", 204, ""},
      {"HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nOK", "answer", 200, "OK"},
      {"an unheard-of code", "HTTP/1.1 799 Odd\r\nContent-Length: 0\r\n\r\n", "answer", 799, ""},
      {"a compressed body nobody asked for",
       "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nOK", "answer", 200, "OK"},
      {"a body without any head, as HTTP/0.9", "OK", "answer lost", 0, invalid},
      {"garbage", "\x01\x02\xff garbage\r\n\r\n\r\n", "answer lost", 0, invalid},
      {"another protocol", "SSH-2.0-OpenSSH_9.2\r\n", "answer lost", 0, invalid},
      {"HTTP/3 in plain text", "HTTP/3 200 OK\r\n\r\n", "answer lost", 0, ""},
      {"a status that is no number", "HTTP/1.1 abc OK\r\n\r\n", "answer lost", 0, invalid},
      {"a length that is no number", "HTTP/1.1 200 OK\r\nContent-Length: nine\r\n\r\n", "answer lost", 0,
       invalid},
  };
  for (const Case& c : cases) {
    RawServer server(send_and_close(c.bytes));
    Client client;
    const core::Exchange exchange = client.get(server.url());
    EXPECT_EQ(kind_of(exchange), c.kind) << c.name << ": " << core::describe(exchange);
    EXPECT_THAT(error_of(exchange), Not(HasSubstr("secretkey"))) << c.name;
    if (const auto* answer = std::get_if<core::Answer>(&exchange)) {
      EXPECT_EQ(answer->http_status, c.status) << c.name;
      EXPECT_EQ(answer->body, c.text) << c.name;
    } else if (!c.text.empty()) {
      EXPECT_EQ(error_of(exchange), c.text) << c.name;
    }
    EXPECT_FALSE(core::describe(exchange).empty()) << c.name;
    EXPECT_EQ(server.requests().size(), 1u) << c.name;
  }
}

// Nothing of the answer before may be touched: libcurl keeps a pointer to its last header. Sanitizers see it.
TEST(MisbehavingServer, ThatContinuesAHeaderWhichThereIsNotIsNoTroubleForTheNext) {
  const std::string continued = " continued: " + std::string(500, 'x') + "\r\n";
  const std::string heads[] = {
      "HTTP/1.1 200 OK\r\n" + continued,
      "HTTP/1.1 200 OK\r\n\t" + continued,
      "HTTP/1.1 200 O: K\r\n" + continued,
      "HTTP/1.1 200 OK\r\n" + std::string("a\0: b\r\n", 8) + continued,
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 a:b\r\n" + continued,
      "HTTP/1.1 100 Continue\r\n\rodd\nHTTP/1.1 200 a:b\r\n" + continued,
  };
  std::atomic<std::size_t> served = 0;
  RawServer server([&](Connection& connection) {
    connection.read_request();
    const std::size_t number = served++;
    const std::string head = number % 2 == 0 ? "HTTP/1.1 200 OK\r\nA: one\r\n two\r\n" : heads[number / 2];
    connection.send(head + "Server: one\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK");
  });
  Client client;
  for (std::size_t i = 0; i < std::size(heads); ++i) {
    EXPECT_EQ(answer_of(client.get(server.url())).body, "OK") << "a header that is continued is none of it";
    lost_of(client.get(server.url()));
  }
  EXPECT_EQ(lost_of(Client().get(RawServer(send_and_close(heads[0] + "\r\n")).url())).error,
            "the answer is not valid HTTP");
  EXPECT_EQ(
      answer_of(Client().get(RawServer(send_and_close("HTTP/1.1 200 OK\r\n\ra: b\r\n" + continued)).url()))
          .body,
      continued)
      << "what begins with a carriage return is the end of the headers";
}

TEST(MisbehavingServer, ThatResetsTheConnectionLosesTheAnswer) {
  RawServer server([](Connection& connection) {
    connection.read_request();
    connection.reset();
  });
  Client client;
  EXPECT_EQ(lost_of(client.get(server.url())).error,
            "the connection broke before an answer came: connection reset by peer");
}

TEST(MisbehavingServer, ThatDripsItsBodyIsAnAnswerAtTheDeadline) {
  RawServer server([](Connection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nO");
    while (connection.send("K")) std::this_thread::sleep_for(20ms);
  });
  Client client;
  const ports::Completion completion = client.complete(server.url(), 300ms);
  EXPECT_THAT(answer_of(completion.exchange).body, ::testing::StartsWith("OK"));
  EXPECT_GE(completion.latency, 295ms);
  EXPECT_LT(completion.latency, 5s);
}

TEST(MisbehavingServer, ThatDripsItsHeadersLosesTheAnswerAtTheDeadline) {
  RawServer server([](Connection& connection) {
    connection.read_request();
    connection.send("HTTP/1.1 200 OK\r\nX: ");
    while (connection.send("x")) std::this_thread::sleep_for(20ms);
  });
  Client client;
  const ports::Completion completion = client.complete(server.url(), 300ms);
  EXPECT_EQ(lost_of(completion.exchange).error, "no answer within 300ms");
  EXPECT_GE(completion.latency, 295ms);
  EXPECT_LT(completion.latency, 5s);
}

TEST(MisbehavingServer, ThatAcceptsAndSaysNothingLosesTheAnswerAtTheDeadline) {
  RawServer server([](Connection& connection) { connection.wait_until_closed(); });
  Client client;
  const ports::Completion completion = client.complete(server.url(), 200ms);
  EXPECT_EQ(lost_of(completion.exchange).error, "no answer within 200ms");
  EXPECT_GE(completion.latency, 195ms);
  EXPECT_LT(completion.latency, 5s);
}

TEST(MisbehavingServer, ThatDoesNotSpeakTlsWasNotSentAnything) {
  RawServer hanging([](Connection& connection) { connection.wait_until_closed(); });
  RawServer plain(answer_all);
  Client client;
  EXPECT_EQ(
      not_sent_of(client.get("https://127.0.0.1:" + std::to_string(hanging.port()) + "/secretkey/x", 200ms))
          .error,
      "no TLS connection within 200ms");
  RawServer garbage([](Connection& connection) { connection.send("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  EXPECT_THAT(
      not_sent_of(client.get("https://127.0.0.1:" + std::to_string(garbage.port()) + "/secretkey/x")).error,
      ::testing::StartsWith("TLS: the handshake failed"));
}

/// A server whose answer never ends: `piece` again and again after `start`.
struct Endless {
  std::atomic<std::size_t> sent = 0;
  RawServer server;

  Endless(std::string start, std::string piece)
      : server([this, start = std::move(start), piece = std::move(piece)](Connection& connection) {
          if (!connection.read_request()) return;
          connection.send(start);
          while (connection.send(piece)) sent = connection.bytes_sent();
        }) {}
};

// What the kernels of both sides hold beside what was read.
constexpr std::size_t kSocketBuffers = 8 * 1024 * 1024;

TEST(MisbehavingServer, ThatNeverEndsItsBodyIsReadToTheCeilingAndDropped) {
  for (const char* start :
       {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"}) {
    Endless endless(start, std::string(64 * 1024, 'x'));
    Client client;
    const ports::Completion completion = client.complete(endless.server.url(), 20s);
    EXPECT_EQ(answer_of(completion.exchange).body, std::string(kBodyCeiling, 'x'));
    EXPECT_LT(completion.latency, 5s);
    EXPECT_LT(endless.sent, kSocketBuffers);
  }
}

TEST(MisbehavingServer, ThatNeverEndsItsChunksIsReadToTheCeilingAndDropped) {
  Endless endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                  "400\r\n" + std::string(1024, 'x') + "\r\n");
  Client client;
  EXPECT_EQ(answer_of(client.get(endless.server.url(), 20s)).body, std::string(kBodyCeiling, 'x'));
  EXPECT_LT(endless.sent, kSocketBuffers);
}

TEST(MisbehavingServer, ThatNeverEndsTheExtensionOfAChunkIsDropped) {
  Endless endless("HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n1;",
                  std::string(64 * 1024, 'x'));
  Client client;
  const ports::Completion completion = client.complete(endless.server.url(), 20s);
  EXPECT_EQ(answer_of(completion.exchange).http_status, 503);
  EXPECT_EQ(answer_of(completion.exchange).body, "no");
  EXPECT_LT(completion.latency, 5s);
  EXPECT_LT(endless.sent, 8 * kSocketBuffers);
}

TEST(MisbehavingServer, ThatNeverEndsItsHeadersIsJudgedByItsStatusLine) {
  Endless endless("HTTP/1.1 503 Busy\r\nRetry-After: 3\r\n", "X-Filler: " + std::string(500, 'x') + "\r\n");
  Client client;
  const core::Answer answer = answer_of(client.get(endless.server.url(), 20s));
  EXPECT_EQ(answer.http_status, 503);
  EXPECT_EQ(answer.retry_after, "3");
  EXPECT_LT(endless.sent, kSocketBuffers);
}

TEST(MisbehavingServer, ThatNeverEndsOneHeaderLineIsJudgedByItsStatusLine) {
  Endless endless("HTTP/1.1 200 OK\r\nX: ", std::string(64 * 1024, 'x'));
  Client client;
  const ports::Completion completion = client.complete(endless.server.url(), 20s);
  EXPECT_EQ(answer_of(completion.exchange).http_status, 200);
  EXPECT_LT(completion.latency, 5s);
  EXPECT_LT(endless.sent, kSocketBuffers);
}

TEST(MisbehavingServer, ThatNeverComesToAFinalResponseLosesTheAnswer) {
  Endless endless("", "HTTP/1.1 100 Continue\r\n\r\n");
  Client client;
  const ports::Completion completion = client.complete(endless.server.url(), 20s);
  EXPECT_EQ(lost_of(completion.exchange).error, "the answer's headers are too long");
  EXPECT_LT(completion.latency, 5s);
  EXPECT_LT(endless.sent, kSocketBuffers);
}

TEST(MisbehavingServer, ThatRefusesConnectionsWasNotSentAnything) {
  Client client;
  const std::string url = "http://127.0.0.1:" + std::to_string(unused_port()) + "/secretkey/postback";
  const core::NotSent not_sent = not_sent_of(client.get(url));
  EXPECT_EQ(not_sent.error, "could not connect: connection refused");
  EXPECT_FALSE(not_sent.forbidden_address);
}

TEST(MisbehavingServer, WhoseNameDoesNotResolveWasNotSentAnything) {
  Client client;
  const core::NotSent not_sent = not_sent_of(client.get("http://unresolvable.invalid/secretkey/postback"));
  EXPECT_EQ(not_sent.error, "the host name could not be resolved");
  EXPECT_FALSE(not_sent.forbidden_address);
}

// Each attempt is one request at most: else an attempt's failure would be hidden, and its requests not
// counted.
TEST(MisbehavingServer, ThatClosesAKeptConnectionOnARequestIsNotSentItAgain) {
  RawServer server([](Connection& connection) {
    connection.read_request();
    connection.respond("OK");
    connection.read_request();  // and closes
  });
  Client client;
  answer_of(client.get(server.url()));
  EXPECT_EQ(lost_of(client.get(server.url())).error, "the connection was closed before an answer came");
  EXPECT_EQ(server.requests().size(), 2u);
  EXPECT_EQ(kind_of(client.get(server.url())), "answer") << "on a connection of its own";
}

TEST(MisbehavingServer, ThatIsGoneAfterAKeptConnectionTookARequestMayHaveTakenItIn) {
  RawServer* self = nullptr;
  RawServer server([&](Connection& connection) {
    connection.read_request();
    connection.respond("OK");
    connection.read_request();
    self->stop_listening();
  });
  self = &server;
  Client client;
  answer_of(client.get(server.url()));
  EXPECT_EQ(lost_of(client.get(server.url())).error, "the connection was closed before an answer came");
}

TEST(MisbehavingServer, ThatClosedAKeptConnectionMeanwhileCostsNothing) {
  RawServer server([](Connection& connection) {
    connection.read_request();
    connection.respond("OK");
  });
  Client client;
  for (std::size_t i = 1; i <= 20; ++i) {
    EXPECT_EQ(answer_of(client.get(server.url())).body, "OK");
    ASSERT_TRUE(server.wait_for_closed(i));
  }
}

}  // namespace
}  // namespace keitaro_outbox::http::test
