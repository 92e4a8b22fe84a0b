#include "http/server/listen_address.hpp"

#include <gtest/gtest.h>

namespace keitaro_outbox::http {
namespace {

TEST(ListenAddress, ReadsHostAndPortAndWritesThemTheSameWay) {
  const struct {
    const char* text;
    ListenAddress address;
  } cases[] = {{"127.0.0.1:9464", {"127.0.0.1", 9464}},
               {"localhost:0", {"localhost", 0}},
               {"[::1]:65535", {"::1", 65535}},
               {"my-host.example:80", {"my-host.example", 80}}};
  for (const auto& [text, address] : cases) {
    EXPECT_EQ(ListenAddress::parse(text), address) << text;
    EXPECT_EQ(address.text(), text);
  }
}

TEST(ListenAddress, TurnsAwayWhatIsNeither) {
  for (const char* text :
       {"", ":", "9464", ":9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
        "::1:9464", "[::1]", "[127.0.0.1]:1", "a b:1", "http://a:1", "h:1 "}) {
    EXPECT_FALSE(ListenAddress::parse(text)) << text;
  }
}

}  // namespace
}  // namespace keitaro_outbox::http
