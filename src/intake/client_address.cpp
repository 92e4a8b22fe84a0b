#include "intake/client_address.hpp"

#include <algorithm>
#include <string>

#include "core/ascii.hpp"

namespace keitaro_outbox::intake {

std::optional<http::PeerAddress> client_address(const ports::HttpRequest& request,
                                                const std::vector<http::Network>& trusted_proxies) {
  const auto trusted = [&](const http::PeerAddress& address) {
    return std::ranges::any_of(trusted_proxies, [&](const http::Network& n) { return n.contains(address); });
  };
  std::string chain;
  for (const auto& [name, value] : request.headers) {
    if (core::ascii::equal_ignoring_case(name, "X-Forwarded-For"))
      chain += (chain.empty() ? "" : ",") + value;
  }
  std::string_view rest = chain;
  auto address = http::PeerAddress::parse(request.peer);
  while (address && trusted(*address) && !rest.empty()) {
    const std::size_t comma = rest.rfind(',');
    const std::size_t begin = comma == std::string_view::npos ? 0 : comma + 1;
    address = http::PeerAddress::parse(core::ascii::trim(rest.substr(begin)));
    rest = rest.substr(0, comma == std::string_view::npos ? 0 : comma);
  }
  return address;
}

}  // namespace keitaro_outbox::intake
