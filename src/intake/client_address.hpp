#pragma once

#include <optional>
#include <vector>

#include "core/url/ip_address.hpp"
#include "ports/http_exchange.hpp"

namespace keitaro_outbox::intake {

/// Who sent a request. The peer itself, or, where that is one of our proxies, the last address in
/// `X-Forwarded-For` that is none of them: what stands further left was written by the client, who may claim
/// anything. Nullopt where that address cannot be read.
std::optional<core::IpAddress> client_address(const ports::HttpRequest& request,
                                              const std::vector<core::IpNetwork>& trusted_proxies);

}  // namespace keitaro_outbox::intake
