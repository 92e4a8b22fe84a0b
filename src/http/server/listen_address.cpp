#include "http/server/listen_address.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace keitaro_outbox::http {
namespace {

constexpr int kHighestPort = 65'535;

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
         c == '_' || c == ':' || c == '%';
}

}  // namespace

std::optional<ListenAddress> ListenAddress::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty() || bracketed != (host.find(':') != std::string_view::npos)) return std::nullopt;
  if (!std::ranges::all_of(host, is_host_character)) return std::nullopt;

  ListenAddress address{std::string(host), 0};
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  const bool whole = !port.empty() && error == std::errc() && end == port.data() + port.size();
  if (!whole || address.port < 0 || address.port > kHighestPort) return std::nullopt;
  return address;
}

std::string ListenAddress::text() const {
  const bool ip6 = host.find(':') != std::string::npos;
  return (ip6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace keitaro_outbox::http
