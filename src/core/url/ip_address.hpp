#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keitaro_outbox::core {

/// An IP address. IPv4 stands in IPv6's form of it (`::ffff:203.0.113.7`), so that both ways in which a
/// client may come are one.
class IpAddress {
 public:
  static std::optional<IpAddress> of(const sockaddr* address);

  /// `203.0.113.7`, `2001:db8::1`, also in brackets or with a port behind it, as proxies write them.
  static std::optional<IpAddress> parse(std::string_view text);

  bool is_ipv4() const;
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  std::string text() const;

  /// What counts as one client: the address, and of IPv6 its first half, which is what a customer of a
  /// provider gets.
  IpAddress client() const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/// A range of addresses: `203.0.113.0/24`, `2001:db8::/32`, or a single one.
class IpNetwork {
 public:
  static std::optional<IpNetwork> parse(std::string_view text);
  bool contains(const IpAddress& address) const;
  friend bool operator==(const IpNetwork&, const IpNetwork&) = default;

 private:
  IpNetwork(const IpAddress& address, int bits) : address_(address), bits_(bits) {}
  IpAddress address_;
  int bits_;  ///< Of the 128.
};

}  // namespace keitaro_outbox::core
