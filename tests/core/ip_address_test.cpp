#include "core/url/ip_address.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace keitaro_outbox::core {
namespace {

TEST(IpAddress, IsReadAsProxiesWriteIt) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"203.0.113.7", "203.0.113.7"},
      {"203.0.113.7:4711", "203.0.113.7"},
      {"2001:DB8::1", "2001:db8::1"},
      {"[2001:db8::1]", "2001:db8::1"},
      {"[2001:db8::1]:80", "2001:db8::1"},
      {"::ffff:203.0.113.7", "203.0.113.7"},
      {"", ""},
      {"unknown", ""},
      {"_hidden", ""},
      {"203.0.113", ""},
      {"203.0.113.256", ""},
      {"0313.0.113.7", ""},
      {"[2001:db8::1", ""},
      {"203.0.113.7 ", ""},
  };
  for (const auto& [written, text] : cases) {
    const auto address = IpAddress::parse(written);
    EXPECT_EQ(address ? address->text() : "", text) << written;
  }
}

TEST(IpAddress, OneClientHasOneIpv4AddressOrHalfAnIpv6One) {
  const auto client = [](const char* text) { return IpAddress::parse(text)->client(); };
  EXPECT_EQ(client("2001:db8:1:2::1"), client("2001:db8:1:2:ffff::9"));
  EXPECT_NE(client("2001:db8:1:2::1"), client("2001:db8:1:3::1"));
  EXPECT_NE(client("203.0.113.7"), client("203.0.113.8"));
}

TEST(IpNetwork, HoldsItsAddresses) {
  struct Case {
    std::string network;
    std::string address;
    bool inside;
  };
  const std::vector<Case> cases{
      {"203.0.113.0/24", "203.0.113.255", true},
      {"203.0.113.0/24", "203.0.114.0", false},
      {"203.0.113.9/24", "203.0.113.1", true},
      {"203.0.113.7", "203.0.113.7", true},
      {"203.0.113.7", "203.0.113.6", false},
      {"203.0.113.128/25", "203.0.113.127", false},
      {"0.0.0.0/0", "203.0.113.7", true},
      {"0.0.0.0/0", "2001:db8::1", false},
      {"2001:db8::/32", "2001:db8:ffff::1", true},
      {"2001:db8::/32", "2001:db9::1", false},
      {"::/0", "2001:db9::1", true},
      {"203.0.113.0/24", "::ffff:203.0.113.4", true},
  };
  for (const Case& c : cases) {
    const auto network = IpNetwork::parse(c.network);
    ASSERT_TRUE(network) << c.network;
    EXPECT_EQ(network->contains(*IpAddress::parse(c.address)), c.inside) << c.network << " " << c.address;
  }
  for (const char* bad : {"", "/8", "203.0.113.0/", "203.0.113.0/33", "203.0.113.0/-1", "203.0.113.0/8x",
                          "x/8", "203.0.113.7:80/8", "::/129", "203.0.113.0/24/8"}) {
    EXPECT_FALSE(IpNetwork::parse(bad)) << bad;
  }
}

}  // namespace
}  // namespace keitaro_outbox::core
