#include "http/client/probe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "raw_server.hpp"

namespace keitaro_outbox::http::test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr bool kAllowPrivate = true;

/// The stages in one line: `name+ addresses- …`.
std::string summary(const ProbeReport& report) {
  std::string out;
  const auto add = [&out](const char* name, const std::optional<ProbeStage>& stage) {
    if (!stage) return;
    if (!out.empty()) out += ' ';
    out.append(name).append(stage->ok ? "+" : "-");
    EXPECT_FALSE(stage->text.empty()) << name;
    EXPECT_THAT(stage->text, Not(HasSubstr("secretkey"))) << name;
    EXPECT_THAT(stage->text, Not(HasSubstr("\n"))) << name;
  };
  add("name", report.name);
  add("addresses", report.addresses);
  add("connection", report.connection);
  add("tls", report.tls);
  add("answer", report.answer);
  EXPECT_THAT(report.body_start, Not(HasSubstr("secretkey")));
  return out;
}

TEST(Probe, TellsOfEveryStageOfAWayThatIsOpen) {
  RawServer server(answer_all);
  const ProbeReport report = probe(server.url(), kAllowPrivate, 10s);
  EXPECT_EQ(summary(report), "name+ addresses+ connection+ answer+");
  EXPECT_TRUE(report.ok());
  EXPECT_THAT(report.resolved, ElementsAre("127.0.0.1"));
  EXPECT_EQ(report.name->text, "127.0.0.1");
  EXPECT_EQ(report.addresses->text, "private, which allow_private permits");
  EXPECT_EQ(report.connection->text, "connected to 127.0.0.1:" + std::to_string(server.port()));
  EXPECT_THAT(report.answer->text, StartsWith("HTTP 200 by HTTP/1.1 in "));
  EXPECT_EQ(report.http_status, 200);
  EXPECT_EQ(report.body_start, "OK");
  EXPECT_THAT(server.requests().at(0), StartsWith("GET /secretkey/postback?subid=1 HTTP/1.1\r\n"));
}

TEST(Probe, SaysWhatANameResolvesTo) {
  const ProbeReport report = probe("http://0x7f.1/secretkey/postback", false, 10s);
  EXPECT_EQ(report.name->text, "0x7f.1 resolves to 127.0.0.1");
}

TEST(Probe, StopsAtAnAddressThatTheGuardRefuses) {
  RawServer server(answer_all);
  const ProbeReport report = probe(server.url(), false, 10s);
  EXPECT_EQ(summary(report), "name+ addresses-");
  EXPECT_THAT(report.addresses->text, HasSubstr("127.0.0.1 is a loopback address"));
  EXPECT_FALSE(report.ok());
  EXPECT_EQ(server.connections(), 0u);
}

TEST(Probe, StopsAtANameThatDoesNotResolve) {
  const ProbeReport report = probe("http://unresolvable.invalid/secretkey/postback", false, 10s);
  EXPECT_EQ(summary(report), "name-");
  EXPECT_THAT(report.name->text, StartsWith("unresolvable.invalid does not resolve: "));
}

TEST(Probe, StopsAtAUrlThatCannotBeRead) {
  EXPECT_EQ(summary(probe("ftp://127.0.0.1/secretkey/postback", false, 10s)), "name-");
  EXPECT_EQ(summary(probe("", false, 10s)), "name-");
}

TEST(Probe, StopsAtAPortThatRefuses) {
  const std::string url = "http://127.0.0.1:" + std::to_string(unused_port()) + "/secretkey/postback";
  const ProbeReport report = probe(url, kAllowPrivate, 10s);
  EXPECT_EQ(summary(report), "name+ addresses+ connection-");
  EXPECT_EQ(report.connection->text, "could not connect: connection refused");
}

TEST(Probe, TellsTlsThatFailsFromAConnectionThatDoes) {
  RawServer hanging([](Connection& connection) { connection.wait_until_closed(); });
  const std::string port = std::to_string(hanging.port());
  const ProbeReport slow = probe("https://127.0.0.1:" + port + "/secretkey/postback", kAllowPrivate, 200ms);
  EXPECT_EQ(summary(slow), "name+ addresses+ connection+ tls-");
  EXPECT_EQ(slow.tls->text, "no TLS connection within 200ms");
  EXPECT_EQ(slow.connection->text, "connected to 127.0.0.1:" + port);

  const std::string refusing = std::to_string(unused_port());
  const ProbeReport refused =
      probe("https://127.0.0.1:" + refusing + "/secretkey/postback", kAllowPrivate, 10s);
  EXPECT_EQ(summary(refused), "name+ addresses+ connection-");
}

TEST(Probe, TellsOfAnAnswerThatNeverCame) {
  RawServer server([](Connection& connection) { connection.wait_until_closed(); });
  const ProbeReport report = probe(server.url(), kAllowPrivate, 200ms);
  EXPECT_EQ(summary(report), "name+ addresses+ connection+ answer-");
  EXPECT_EQ(report.answer->text, "no answer within 200ms");
}

TEST(Probe, ShowsTheStartOfTheBodyInOneLineWithoutTheKey) {
  RawServer server([](Connection& connection) {
    connection.read_request();
    connection.respond("no such page:\n/secretkey/postback " + std::string(1000, 'x'), "404 Not Found");
  });
  const ProbeReport report = probe(server.url(), kAllowPrivate, 10s);
  EXPECT_EQ(summary(report), "name+ addresses+ connection+ answer-");
  EXPECT_THAT(report.answer->text, StartsWith("HTTP 404 "));
  EXPECT_THAT(report.body_start, StartsWith("no such page:?/***/postback xxx"));
  EXPECT_LT(report.body_start.size(), 310u);
}

}  // namespace
}  // namespace keitaro_outbox::http::test
