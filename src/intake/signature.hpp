#pragma once

#include <string>
#include <string_view>

#include "intake/source.hpp"
#include "ports/http_exchange.hpp"

namespace keitaro_outbox::intake {

/// HMAC-SHA256 of `text`, as 32 bytes. Throws std::runtime_error where the library refuses.
std::string hmac_sha256(std::string_view secret, std::string_view text);

/// What the header holds that `signing` names, for a body or a query of `text`.
std::string signature_of(std::string_view text, const Signing& signing);

/// Whether the request has the header that `signing` names, once, with the right value: hex in any case, or
/// Base64; `sha256=` may stand before either. Takes the same time for all wrong values of one length.
bool is_signed(const ports::HttpRequest& request, const Signing& signing);

}  // namespace keitaro_outbox::intake
