#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/text/time.hpp"

namespace keitaro_outbox::http {

/// What a host's name resolves to: addresses as numbers, each once, in the system's order; or why not, in
/// words.
struct Resolution {
  std::vector<std::string> addresses;
  std::string error;  ///< Empty when there are addresses.
};

/// Asks the system's resolver for IPv4 and IPv6 addresses, for no longer than `timeout`: a resolver that
/// hangs is left behind. Numbers are taken as the system takes them (`127.1`, `0x7f.1`).
Resolution resolve(const std::string& host, core::Millis timeout);

}  // namespace keitaro_outbox::http
