#pragma once

#include <optional>
#include <string>
#include <string_view>

struct sockaddr;

namespace keitaro_outbox::http {

/// What keeps an address from being one of the public internet, as a noun with its article (`a loopback
/// address`); nullopt for a public one. Judged by the special-purpose address registries of IANA (RFC 6890).
/// IPv6 forms that carry an IPv4 address (mapped, compatible, NAT64, 6to4) are judged by that one. A family
/// other than IPv4 and IPv6 is `an address of an unknown family`.
std::optional<std::string_view> private_kind(const sockaddr* address);

/// Whether requests there need `allow_private`.
bool is_private_address(const sockaddr* address);

/// The address as numbers, without the port: `127.0.0.1`, `::1`. Empty for another family.
std::string numeric_address(const sockaddr* address);

/// Why `address`, which must be private, is refused: one sentence that names it and the setting that allows
/// it.
std::string refusal_of(const sockaddr* address);

/// Whether an address given as numbers, as numeric_address() writes them, is private; text that is no address
/// is.
bool is_private_address(std::string_view numeric);

/// refusal_of() for an address given as numbers.
std::string refusal_of(std::string_view numeric);

}  // namespace keitaro_outbox::http
