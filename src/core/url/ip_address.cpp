#include "core/url/ip_address.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace keitaro_outbox::core {
namespace {

constexpr std::array<std::uint8_t, 12> kIpv4Prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kIpv4PrefixBits = 96;
constexpr int kAllBits = 128;

/// `1.2.3.4:80` and `[::1]:80` without what stands around the address.
std::string_view bare(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    return end == std::string_view::npos ? std::string_view() : text.substr(1, end - 1);
  }
  if (std::ranges::count(text, ':') == 1) return text.substr(0, text.find(':'));
  return text;
}

}  // namespace

std::optional<IpAddress> IpAddress::of(const sockaddr* address) {
  IpAddress peer;
  if (address == nullptr) return std::nullopt;
  if (address->sa_family == AF_INET) {
    sockaddr_in ip4{};
    std::memcpy(&ip4, address, sizeof ip4);
    std::ranges::copy(kIpv4Prefix, peer.bytes_.begin());
    std::memcpy(peer.bytes_.data() + kIpv4Prefix.size(), &ip4.sin_addr, sizeof ip4.sin_addr);
    return peer;
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 ip6{};
    std::memcpy(&ip6, address, sizeof ip6);
    std::memcpy(peer.bytes_.data(), &ip6.sin6_addr, sizeof ip6.sin6_addr);
    return peer;
  }
  return std::nullopt;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string address(bare(text));
  IpAddress peer;
  if (inet_pton(AF_INET, address.c_str(), peer.bytes_.data() + kIpv4Prefix.size()) == 1) {
    std::ranges::copy(kIpv4Prefix, peer.bytes_.begin());
    return peer;
  }
  if (inet_pton(AF_INET6, address.c_str(), peer.bytes_.data()) == 1) return peer;
  return std::nullopt;
}

bool IpAddress::is_ipv4() const {
  return std::equal(kIpv4Prefix.begin(), kIpv4Prefix.end(), bytes_.begin());
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (is_ipv4()) {
    inet_ntop(AF_INET, bytes_.data() + kIpv4Prefix.size(), out.data(), out.size());
  } else {
    inet_ntop(AF_INET6, bytes_.data(), out.data(), out.size());
  }
  return out.data();
}

IpAddress IpAddress::client() const {
  IpAddress client = *this;
  if (!is_ipv4()) std::fill(client.bytes_.begin() + 8, client.bytes_.end(), std::uint8_t{0});
  return client;
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view written = text.substr(0, slash);
  const auto address = IpAddress::parse(written);
  if (!address || bare(written) != written) return std::nullopt;
  if (slash == std::string_view::npos) return IpNetwork(*address, kAllBits);
  const std::string_view length = text.substr(slash + 1);
  const int longest = address->is_ipv4() && written.find(':') == std::string_view::npos ? 32 : kAllBits;
  int bits = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (error != std::errc() || end != length.data() + length.size() || bits < 0 || bits > longest) {
    return std::nullopt;
  }
  return IpNetwork(*address, longest == 32 ? kIpv4PrefixBits + bits : bits);
}

bool IpNetwork::contains(const IpAddress& address) const {
  int left = bits_;
  for (std::size_t i = 0; left > 0; ++i, left -= 8) {
    const int unused = std::max(0, 8 - left);
    if ((address.bytes()[i] ^ address_.bytes()[i]) >> unused != 0) return false;
  }
  return true;
}

}  // namespace keitaro_outbox::core
