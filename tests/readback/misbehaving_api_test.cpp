// The client over real sockets, against servers that do what they should not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "http/client/api_caller.hpp"
#include "http/raw_server.hpp"
#include "readback/admin_api_client.hpp"

namespace keitaro_outbox::readback {
namespace {

using namespace std::chrono_literals;
using http::test::Connection;
using http::test::RawServer;
using ports::Asked;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr auto kNoRows = R"({"rows":[],"total":0})";
const ports::RecordRange kDay{core::wall_time(1'777'593'600'000), core::wall_time(1'777'679'940'000)};

struct Client {
  explicit Client(const std::string& url, http::ApiCallerOptions with)
      : http(std::move(with)), client({url, "admin-secret-1", {}}, http, pace) {}

  ports::RecordsAnswer ask() { return client.conversions(std::vector<std::string>{"a"}, kDay); }

  RequestPace pace{1e6, {}};
  http::ApiCaller http;
  AdminApiClient client;
};

http::ApiCallerOptions within(core::Millis timeout) {
  http::ApiCallerOptions options;
  options.allow_private = true;
  options.timeout = timeout;
  return options;
}

/// Reads requests whole, and hands each body to `answer`.
template <typename Answer>
RawServer::Handler each(Answer answer) {
  return [answer](Connection& connection) {
    while (const auto head = connection.read_request()) {
      if (!answer(connection, *head, connection.read_body(*head))) return;
    }
  };
}

RawServer::Handler send_bytes(const std::string& bytes) {
  return each([bytes](Connection& connection, const std::string&, const std::string&) {
    connection.send(bytes);
    return false;
  });
}

std::string response(const std::string& body, const std::string& status = "200 OK",
                     const std::string& headers = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers +
         "\r\n" + body;
}

TEST(MisbehavingApi, OneConnectionCarriesPostsAndGets) {
  std::vector<std::string> bodies;
  RawServer server(each([&](Connection& connection, const std::string& head, const std::string& body) {
    bodies.push_back(body);
    return connection.respond(head.starts_with("POST") ? kNoRows : "[]");
  }));
  Client client(server.url(""), within(20s));
  EXPECT_EQ(client.ask().asked, Asked::answered);
  EXPECT_EQ(client.client.postback_log("a").asked, Asked::answered);
  EXPECT_EQ(client.ask().asked, Asked::answered);
  const auto heads = server.requests();
  ASSERT_EQ(heads.size(), 3U);
  EXPECT_EQ(server.connections(), 1U);
  EXPECT_THAT(heads[0], HasSubstr("POST /admin_api/v1/conversions/log HTTP/1.1\r\n"));
  EXPECT_THAT(heads[0], HasSubstr("Api-Key: admin-secret-1\r\n"));
  EXPECT_THAT(heads[0], HasSubstr("User-Agent: keitaro-outbox/"));
  EXPECT_THAT(heads[0], HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(heads[0], Not(HasSubstr("Expect:")));
  EXPECT_THAT(heads[1], HasSubstr("GET /admin_api/v1/logs/postbacks?"));
  EXPECT_THAT(heads[1], Not(HasSubstr("Content-")));
  EXPECT_EQ(bodies[1], "");
  EXPECT_EQ(bodies[0], bodies[2]);
}

TEST(MisbehavingApi, BytesMeanWhatTheyAre) {
  struct Case {
    std::string name, bytes;
    Asked asked;
  };
  const std::string deep = std::string(100'000, '[');
  for (const Case& c : std::vector<Case>{
           {"right", response(kNoRows), Asked::answered},
           {"until the end of the connection", std::string("HTTP/1.1 200 OK\r\n\r\n") + kNoRows,
            Asked::answered},
           {"chunks",
            std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n15\r\n") + kNoRows +
                "\r\n0\r\n\r\n",
            Asked::answered},
           {"chunks cut",
            std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n15\r\n") + kNoRows + "\r\n",
            Asked::failed},
           {"length too large", std::string("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n") + kNoRows,
            Asked::failed},
           {"length too small", std::string("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n") + kNoRows,
            Asked::failed},
           {"closes", "", Asked::failed},
           {"half a head", "HTTP/1.1 200 OK\r\nContent-", Asked::failed},
           {"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", Asked::failed},
           {"deep", response(deep), Asked::failed},
           {"half the JSON", response(R"({"rows":[{"sub_id":"a"},)"), Asked::failed},
           {"HTML", response("<!doctype html><html></html>"), Asked::wrong_path},
           {"402", response("{}", "402 Payment Required"), Asked::no_api},
           {"404", response("", "404 Not Found"), Asked::wrong_path},
           {"429", response("", "429 Too Many Requests", "Retry-After: 33\r\n"), Asked::slow_down},
           {"redirect", response("", "302 Found", "Location: http://127.0.0.1/\r\n"), Asked::wrong_path},
           {"gzip that nobody asked for", response("\x1f\x8b\x08", "200 OK", "Content-Encoding: gzip\r\n"),
            Asked::failed}}) {
    RawServer server(send_bytes(c.bytes));
    Client client(server.url(""), within(20s));
    const auto answer = client.ask();
    EXPECT_EQ(answer.asked, c.asked) << c.name << ": " << answer.error;
    EXPECT_EQ(answer.error.empty(), c.asked == Asked::answered) << c.name;
    if (c.name == "429") {
      EXPECT_EQ(answer.retry_after, core::Millis(33s));
    }
    EXPECT_LE(server.connections(), 2U) << c.name;
    EXPECT_THAT(answer.error, Not(HasSubstr("secret"))) << c.name;
  }
}

TEST(MisbehavingApi, RedirectsAreNotFollowed) {
  RawServer other(http::test::answer_all);
  RawServer server(
      send_bytes(response("", "307 Temporary Redirect", "Location: " + other.url("/") + "\r\n")));
  Client client(server.url(""), within(20s));
  EXPECT_EQ(client.ask().asked, Asked::wrong_path);
  EXPECT_EQ(other.connections(), 0U);
}

TEST(MisbehavingApi, TenMegabytesAreNotReadToTheEnd) {
  constexpr std::size_t kMegabyte = 1024 * 1024;
  for (const bool chunked : {false, true}) {
    std::size_t sent = 0;
    RawServer server([&](Connection& connection) {
      const auto head = connection.read_request();
      if (!head) return;
      connection.read_body(*head);
      connection.send(chunked ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                              : "HTTP/1.1 200 OK\r\nContent-Length: 1048576000\r\n\r\n");
      const std::string piece(kMegabyte, ' ');
      for (int i = 0; i < 100; ++i) {
        if (chunked && !connection.send("100000\r\n")) break;
        if (!connection.send(piece) || (chunked && !connection.send("\r\n"))) break;
      }
      sent = connection.bytes_sent();
    });
    Client client(server.url(""), within(60s));
    EXPECT_EQ(client.ask().asked, Asked::too_much);
    ASSERT_TRUE(server.wait_for_closed(1));
    EXPECT_LT(sent, 40 * kMegabyte);
  }
}

TEST(MisbehavingApi, AnAnswerBelowTheCeilingIsReadWhole) {
  const std::string body = std::string(3 * 1024 * 1024, ' ') + kNoRows;
  RawServer server(each([&](Connection& connection, const std::string&, const std::string&) {
    if (!connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n"))
      return false;
    // In pieces, so that it does not come along with the head.
    for (std::size_t at = 0; at < body.size(); at += 4'000) {
      if (!connection.send(std::string_view(body).substr(at, 4'000))) return false;
    }
    return true;
  }));
  Client client(server.url(""), within(60s));
  const auto answer = client.ask();
  EXPECT_EQ(answer.asked, Asked::answered) << answer.error;
}

TEST(MisbehavingApi, SilenceAndDripsEndAtTheDeadline) {
  RawServer silent([](Connection& connection) { connection.wait_until_closed(); });
  const auto answer = Client(silent.url(""), within(300ms)).ask();
  EXPECT_EQ(answer.asked, Asked::too_much) << answer.error;

  RawServer drip([](Connection& connection) {
    const auto head = connection.read_request();
    if (!head || !connection.send("HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n{")) return;
    while (connection.send(" ")) std::this_thread::sleep_for(5ms);
  });
  EXPECT_EQ(Client(drip.url(""), within(300ms)).ask().asked, Asked::too_much);

  RawServer header_drip([](Connection& connection) {
    const auto head = connection.read_request();
    if (!head || !connection.send("HTTP/1.1 200 OK\r\n")) return;
    while (connection.send("A: b\r\n")) std::this_thread::sleep_for(5ms);
  });
  EXPECT_NE(Client(header_drip.url(""), within(300ms)).ask().asked, Asked::answered);
}

TEST(MisbehavingApi, AStopEndsACallThatHangs) {
  std::atomic<bool> stop{false};
  RawServer silent([&](Connection& connection) {
    if (connection.read_request()) stop = true;
    connection.wait_until_closed();
  });
  http::ApiCallerOptions options = within(10min);
  options.stop_asked = [&] { return stop.load(); };
  const auto answer = Client(silent.url(""), std::move(options)).ask();
  EXPECT_EQ(answer.asked, Asked::failed);
  EXPECT_THAT(answer.error, HasSubstr("stops"));
}

TEST(MisbehavingApi, PrivateAddressesNeedAllowPrivate) {
  RawServer server(http::test::answer_all);
  http::ApiCallerOptions options = within(20s);
  options.allow_private = false;
  for (const std::string host : {"127.0.0.1", "localhost", "0x7f.1"}) {
    const auto answer = Client(server.url("", host), options).ask();
    EXPECT_EQ(answer.asked, Asked::failed) << host;
    EXPECT_THAT(answer.error, HasSubstr("allow_private")) << host;
  }
  EXPECT_EQ(server.connections(), 0U);
}

TEST(MisbehavingApi, AKeyWithALineEndIsSentNowhere) {
  RawServer server(http::test::answer_all);
  http::ApiCaller http(within(20s));
  RequestPace pace(1e6, {});
  AdminApiClient client({server.url(""), "key-secret\r\nX-Evil: 1", {}}, http, pace);
  const auto answer = client.all_conversions(kDay);
  EXPECT_EQ(answer.asked, Asked::failed);
  EXPECT_THAT(answer.error, HasSubstr("Api-Key"));
  EXPECT_THAT(answer.error, Not(HasSubstr("secret")));
  EXPECT_EQ(server.connections(), 0U);
}

TEST(MisbehavingApi, AConnectionThatEndedBetweenCallsIsNoFailure) {
  RawServer server([](Connection& connection) {
    const auto head = connection.read_request();
    if (!head) return;
    connection.read_body(*head);
    connection.respond(kNoRows);
  });
  Client client(server.url(""), within(20s));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(client.ask().asked, Asked::answered) << i;
}

}  // namespace
}  // namespace keitaro_outbox::readback
