#include "http/client/address_guard.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace keitaro_outbox::http {
namespace {

using Ip4 = std::uint32_t;  // in the host's order of bytes
using Ip6 = std::array<std::uint8_t, 16>;

constexpr Ip4 ip4(unsigned a, unsigned b, unsigned c, unsigned d) {
  return a << 24 | b << 16 | c << 8 | d;
}

struct Block4 {
  Ip4 first;
  int prefix;
  std::string_view kind;
};

constexpr Block4 kBlocks4[] = {
    {ip4(0, 0, 0, 0), 8, "an unspecified address"},
    {ip4(10, 0, 0, 0), 8, "a private address"},
    {ip4(100, 64, 0, 0), 10, "a shared address of a provider's network"},
    {ip4(127, 0, 0, 0), 8, "a loopback address"},
    {ip4(169, 254, 0, 0), 16, "a link-local address"},
    {ip4(172, 16, 0, 0), 12, "a private address"},
    {ip4(192, 0, 0, 0), 24, "a reserved address"},
    {ip4(192, 0, 2, 0), 24, "an address for documentation"},
    {ip4(192, 88, 99, 0), 24, "a reserved address"},  // of relays for 6to4, given up in RFC 7526
    {ip4(192, 168, 0, 0), 16, "a private address"},
    {ip4(198, 18, 0, 0), 15, "an address for benchmarks"},
    {ip4(198, 51, 100, 0), 24, "an address for documentation"},
    {ip4(203, 0, 113, 0), 24, "an address for documentation"},
    {ip4(224, 0, 0, 0), 4, "a multicast address"},
    {ip4(255, 255, 255, 255), 32, "the broadcast address"},
    {ip4(240, 0, 0, 0), 4, "a reserved address"},
};

std::optional<std::string_view> private_kind4(Ip4 address) {
  for (const Block4& block : kBlocks4) {
    const int shift = 32 - block.prefix;
    if ((address ^ block.first) >> shift == 0) return block.kind;
  }
  return std::nullopt;
}

struct Block6 {
  std::array<std::uint8_t, 6> first;  // the leading bytes; no block below is told apart by later ones
  int prefix;
  std::string_view kind;
};

constexpr Block6 kBlocks6[] = {
    {{0xfc}, 7, "a private address"},
    {{0xfe, 0x80}, 10, "a link-local address"},
    {{0xfe, 0xc0}, 10, "a private address"},
    {{0xff}, 8, "a multicast address"},
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, "a private address"},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "an address for documentation"},
    {{0x3f, 0xff, 0x00}, 20, "an address for documentation"},
    {{0x20, 0x01, 0x00}, 23, "a reserved address"},
};

bool starts_with(std::span<const std::uint8_t> bytes, std::span<const std::uint8_t> first, int prefix) {
  const auto whole = static_cast<std::size_t>(prefix / 8);
  if (!std::equal(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(whole), bytes.begin()))
    return false;
  const int rest = prefix % 8;
  return rest == 0 || (bytes[whole] ^ first[whole]) >> (8 - rest) == 0;
}

Ip4 embedded4(const Ip6& bytes, std::size_t at) {
  return ip4(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
}

/// The IPv4 address that traffic to an IPv6 address ends at, where the form carries one.
std::optional<Ip4> carried4(const Ip6& bytes) {
  static constexpr Ip6 kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  static constexpr Ip6 kCompatible = {};
  static constexpr Ip6 kNat64 = {0x00, 0x64, 0xff, 0x9b};
  static constexpr Ip6 k6to4 = {0x20, 0x02};
  if (starts_with(bytes, kMapped, 96) || starts_with(bytes, kCompatible, 96) ||
      starts_with(bytes, kNat64, 96)) {
    return embedded4(bytes, 12);
  }
  if (starts_with(bytes, k6to4, 16)) return embedded4(bytes, 2);
  return std::nullopt;
}

std::optional<std::string_view> private_kind6(const Ip6& bytes) {
  static constexpr Ip6 kUnspecified = {};
  static constexpr Ip6 kLoopback = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  static constexpr Ip6 kGlobalUnicast = {0x20};
  if (bytes == kUnspecified) return "an unspecified address";
  if (bytes == kLoopback) return "a loopback address";
  if (const auto ip4_address = carried4(bytes)) return private_kind4(*ip4_address);
  for (const Block6& block : kBlocks6) {
    if (starts_with(bytes, block.first, block.prefix)) return block.kind;
  }
  if (!starts_with(bytes, kGlobalUnicast, 3)) return "a reserved address";
  return std::nullopt;
}

// Copies, as a sockaddr* need not be aligned for, nor point into, the struct of its family.
in_addr ip4_of(const sockaddr* address) {
  sockaddr_in in{};
  std::memcpy(&in, address, sizeof in);
  return in.sin_addr;
}

in6_addr ip6_of(const sockaddr* address) {
  sockaddr_in6 in{};
  std::memcpy(&in, address, sizeof in);
  return in.sin6_addr;
}

std::optional<sockaddr_storage> parse_numeric(std::string_view numeric) {
  const std::string text(numeric);
  sockaddr_storage out{};
  sockaddr_in in{};
  sockaddr_in6 in6{};
  if (inet_pton(AF_INET, text.c_str(), &in.sin_addr) == 1) {
    in.sin_family = AF_INET;
    std::memcpy(&out, &in, sizeof in);
    return out;
  }
  if (inet_pton(AF_INET6, text.c_str(), &in6.sin6_addr) == 1) {
    in6.sin6_family = AF_INET6;
    std::memcpy(&out, &in6, sizeof in6);
    return out;
  }
  return std::nullopt;
}

const sockaddr* generic(const sockaddr_storage& storage) {
  return reinterpret_cast<const sockaddr*>(&storage);
}

std::string refusal(std::string_view address, std::string_view kind) {
  std::string out(address);
  out += " is ";
  out += kind;
  out += ": requests there are refused unless the tracker sets allow_private";
  return out;
}

}  // namespace

std::optional<std::string_view> private_kind(const sockaddr* address) {
  if (address->sa_family == AF_INET) return private_kind4(ntohl(ip4_of(address).s_addr));
  if (address->sa_family == AF_INET6) {
    Ip6 bytes;
    const in6_addr in6 = ip6_of(address);
    std::memcpy(bytes.data(), &in6, bytes.size());
    return private_kind6(bytes);
  }
  return "an address of an unknown family";
}

bool is_private_address(const sockaddr* address) {
  return private_kind(address).has_value();
}

std::string numeric_address(const sockaddr* address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address->sa_family == AF_INET) {
    const in_addr in = ip4_of(address);
    inet_ntop(AF_INET, &in, text, sizeof text);
  } else if (address->sa_family == AF_INET6) {
    const in6_addr in6 = ip6_of(address);
    inet_ntop(AF_INET6, &in6, text, sizeof text);
  }
  return text;
}

std::string refusal_of(const sockaddr* address) {
  return refusal(numeric_address(address), private_kind(address).value_or("a public address"));
}

bool is_private_address(std::string_view numeric) {
  const auto address = parse_numeric(numeric);
  return !address || is_private_address(generic(*address));
}

std::string refusal_of(std::string_view numeric) {
  const auto address = parse_numeric(numeric);
  return address ? refusal_of(generic(*address)) : refusal(numeric, "no address that can be judged");
}

}  // namespace keitaro_outbox::http
