#include "http/client/address_guard.hpp"

#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <memory>
#include <string>

namespace keitaro_outbox::http {
namespace {

struct Case {
  const char* address;
  const char* kind;  // "" for public
};

constexpr Case kCases[] = {
    {"0.0.0.0", "an unspecified address"},
    {"0.255.255.255", "an unspecified address"},
    {"1.0.0.0", ""},
    {"9.255.255.255", ""},
    {"10.0.0.0", "a private address"},
    {"10.255.255.255", "a private address"},
    {"11.0.0.0", ""},
    {"100.63.255.255", ""},
    {"100.64.0.0", "a shared address of a provider's network"},
    {"100.127.255.255", "a shared address of a provider's network"},
    {"100.128.0.0", ""},
    {"126.255.255.255", ""},
    {"127.0.0.0", "a loopback address"},
    {"127.0.0.1", "a loopback address"},
    {"127.255.255.255", "a loopback address"},
    {"128.0.0.0", ""},
    {"169.253.255.255", ""},
    {"169.254.169.254", "a link-local address"},
    {"169.255.0.0", ""},
    {"172.15.255.255", ""},
    {"172.16.0.0", "a private address"},
    {"172.31.255.255", "a private address"},
    {"172.32.0.0", ""},
    {"192.0.0.255", "a reserved address"},
    {"192.0.1.0", ""},
    {"192.0.2.1", "an address for documentation"},
    {"192.88.98.255", ""},
    {"192.88.99.0", "a reserved address"},
    {"192.88.99.255", "a reserved address"},
    {"192.88.100.0", ""},
    {"192.167.255.255", ""},
    {"192.168.0.1", "a private address"},
    {"192.169.0.0", ""},
    {"198.17.255.255", ""},
    {"198.18.0.0", "an address for benchmarks"},
    {"198.19.255.255", "an address for benchmarks"},
    {"198.20.0.0", ""},
    {"198.51.100.7", "an address for documentation"},
    {"203.0.113.7", "an address for documentation"},
    {"223.255.255.255", ""},
    {"224.0.0.1", "a multicast address"},
    {"239.255.255.255", "a multicast address"},
    {"240.0.0.1", "a reserved address"},
    {"255.255.255.254", "a reserved address"},
    {"255.255.255.255", "the broadcast address"},

    {"::", "an unspecified address"},
    {"::1", "a loopback address"},
    {"::2", "an unspecified address"},
    {"::127.0.0.1", "a loopback address"},
    {"::8.8.8.8", ""},
    {"::ffff:127.0.0.1", "a loopback address"},
    {"::ffff:10.1.2.3", "a private address"},
    {"::ffff:169.254.169.254", "a link-local address"},
    {"::ffff:8.8.8.8", ""},
    {"64:ff9b::127.0.0.1", "a loopback address"},
    {"64:ff9b::192.168.1.1", "a private address"},
    {"64:ff9b::8.8.8.8", ""},
    {"64:ff9b:1::8.8.8.8", "a private address"},
    {"2002:7f00:0001::1", "a loopback address"},
    {"2002:c0a8:0101::1", "a private address"},
    {"2002:0808:0808::1", ""},
    {"fe80::1", "a link-local address"},
    {"febf:ffff::1", "a link-local address"},
    {"fec0::1", "a private address"},
    {"feff::1", "a private address"},
    {"fc00::1", "a private address"},
    {"fdff:ffff::1", "a private address"},
    {"ff02::1", "a multicast address"},
    {"ffff::1", "a multicast address"},
    {"100::1", "a reserved address"},
    {"2001::1", "a reserved address"},
    {"2001:1ff::1", "a reserved address"},
    {"2001:200::1", ""},
    {"2001:db7::1", ""},
    {"2001:db8::1", "an address for documentation"},
    {"2001:db9::1", ""},
    {"2606:4700::1111", ""},
    {"3fff::1", "an address for documentation"},
    {"3ffe::1", ""},
    {"4000::1", "a reserved address"},
    {"1fff::1", "a reserved address"},
};

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

AddressList look_up(const char* host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host, nullptr, &hints, &found) != 0) found = nullptr;
  return {found, &freeaddrinfo};
}

TEST(AddressGuard, JudgesEveryBlockUpToItsEdges) {
  for (const Case& c : kCases) {
    const AddressList list = look_up(c.address);
    ASSERT_NE(list, nullptr) << c.address;
    EXPECT_EQ(private_kind(list->ai_addr).value_or(""), c.kind) << c.address;
    EXPECT_EQ(is_private_address(list->ai_addr), c.kind[0] != '\0') << c.address;
    EXPECT_EQ(is_private_address(std::string_view(c.address)), c.kind[0] != '\0') << c.address;
  }
}

TEST(AddressGuard, KnowsLoopbackInEverySpellingThatTheSystemTakes) {
  for (const char* host : {"0x7f.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.1", "127.0.1",
                           "localhost", "::ffff:7f00:1", "0:0:0:0:0:0:0:1", "017700000001"}) {
    const AddressList list = look_up(host);
    ASSERT_NE(list, nullptr) << host;
    for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
      EXPECT_EQ(private_kind(entry->ai_addr), "a loopback address") << host;
    }
  }
}

TEST(AddressGuard, TakesWhatItCannotReadAsPrivate) {
  for (const char* text : {"", "example.com", "8.8.8", "8.8.8.8 ", "fe80::1%lo", "[2606:4700::1]"}) {
    EXPECT_TRUE(is_private_address(std::string_view(text))) << text;
  }
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  EXPECT_EQ(private_kind(reinterpret_cast<const sockaddr*>(&local)), "an address of an unknown family");
}

TEST(AddressGuard, RefusalNamesTheAddressAndTheSettingThatAllowsIt) {
  EXPECT_EQ(
      refusal_of(std::string_view("127.0.0.1")),
      "127.0.0.1 is a loopback address: requests there are refused unless the tracker sets allow_private");
  const AddressList list = look_up("fd00::2");
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(refusal_of(list->ai_addr),
            "fd00::2 is a private address: requests there are refused unless the tracker sets allow_private");
}

}  // namespace
}  // namespace keitaro_outbox::http
