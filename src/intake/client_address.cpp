#include "intake/client_address.hpp"

#include <algorithm>
#include <string>

#include "core/text/ascii.hpp"

namespace keitaro_outbox::intake {

std::optional<core::IpAddress> client_address(const ports::HttpRequest& request,
                                              const std::vector<core::IpNetwork>& trusted_proxies) {
  const auto trusted = [&](const core::IpAddress& address) {
    return std::ranges::any_of(trusted_proxies,
                               [&](const core::IpNetwork& n) { return n.contains(address); });
  };
  std::string chain;
  for (const auto& [name, value] : request.headers) {
    if (core::ascii::equal_ignoring_case(name, "X-Forwarded-For"))
      chain += (chain.empty() ? "" : ",") + value;
  }
  std::string_view rest = chain;
  auto address = core::IpAddress::parse(request.peer);
  while (address && trusted(*address) && !rest.empty()) {
    const std::size_t comma = rest.rfind(',');
    const std::size_t begin = comma == std::string_view::npos ? 0 : comma + 1;
    address = core::IpAddress::parse(core::ascii::trim(rest.substr(begin)));
    rest = rest.substr(0, comma == std::string_view::npos ? 0 : comma);
  }
  return address;
}

}  // namespace keitaro_outbox::intake
