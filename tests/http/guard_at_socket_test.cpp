#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "client.hpp"
#include "raw_server.hpp"

namespace keitaro_outbox::http::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr bool kPublicOnly = false;

std::string refusal(const std::string& address) {
  return address + " is a loopback address: requests there are refused unless the tracker sets allow_private";
}

TEST(GuardAtSocket, RefusesLoopbackInEverySpelling) {
  RawServer server(answer_all);
  Client client;
  for (const char* host : {"127.0.0.1", "0x7f.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.1",
                           "localhost", "LocalHost", "%31%32%37.0.0.1"}) {
    const core::NotSent not_sent =
        not_sent_of(client.get(server.url("/secretkey/x", host), 10s, kPublicOnly));
    EXPECT_TRUE(not_sent.forbidden_address) << host << ": " << not_sent.error;
    EXPECT_THAT(not_sent.error, HasSubstr("1 is a loopback address: requests there are refused unless"))
        << host;
    EXPECT_THAT(not_sent.error, Not(HasSubstr("secretkey")));
  }
  EXPECT_EQ(server.connections(), 0u);
}

TEST(GuardAtSocket, NamesTheAddressThatANameLedTo) {
  RawServer server(answer_all);
  Client client;
  EXPECT_EQ(not_sent_of(client.get(server.url("/secretkey/x", "127.1"), 10s, kPublicOnly)).error,
            refusal("127.0.0.1"));
}

TEST(GuardAtSocket, RefusesLoopbackOfIp6AndInItsDisguises) {
  RawServer server(answer_all, "::1");
  Client client;
  for (const char* host : {"[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
                           "[64:ff9b::7f00:1]", "[::127.0.0.1]", "[2002:7f00:1::]"}) {
    const core::NotSent not_sent =
        not_sent_of(client.get(server.url("/secretkey/x", host), 10s, kPublicOnly));
    EXPECT_TRUE(not_sent.forbidden_address) << host << ": " << not_sent.error;
    EXPECT_THAT(not_sent.error, HasSubstr(" is a loopback address: ")) << host;
  }
  EXPECT_EQ(server.connections(), 0u);
}

TEST(GuardAtSocket, RefusesOverTlsToo) {
  RawServer server(answer_all);
  Client client;
  const std::string url = "https://127.0.0.1:" + std::to_string(server.port()) + "/secretkey/x";
  EXPECT_TRUE(not_sent_of(client.get(url, 10s, kPublicOnly)).forbidden_address);
  EXPECT_EQ(server.connections(), 0u);
}

TEST(GuardAtSocket, LetsATrackerThatAllowsPrivateAddressesThrough) {
  RawServer server(answer_all, "::1");
  Client client;
  EXPECT_EQ(answer_of(client.get(server.url("/secretkey/x", "[::1]"))).body, "OK");
}

TEST(GuardAtSocket, DoesNotLetAKeptConnectionOfATrackerThatAllowsMoreBeUsed) {
  RawServer server(answer_all);
  Client client;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(answer_of(client.get(server.url())).body, "OK");
    const core::NotSent not_sent = not_sent_of(client.get(server.url(), 10s, kPublicOnly));
    EXPECT_TRUE(not_sent.forbidden_address);
    EXPECT_EQ(not_sent.error, refusal("127.0.0.1"));
  }
  EXPECT_EQ(server.requests().size(), 3u);
}

}  // namespace
}  // namespace keitaro_outbox::http::test
