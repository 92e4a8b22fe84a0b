#pragma once

#include <string>
#include <string_view>

#include "core/text/secrets.hpp"

namespace keitaro_outbox::readback {

/// A message of a tracker's log of received postbacks, fit to be stored and shown: one line of at most 1,000
/// characters. The log holds the requests' URLs with the postback key. Taken out are what `known` names, and
/// whatever else may be a key: all of a URL or path up to its query, the values of parameters that are not
/// Keitaro's own, and what follows the name of a key, a password or a header that carries one.
std::string redact_log_message(std::string_view message, const core::Secrets& known);

}  // namespace keitaro_outbox::readback
