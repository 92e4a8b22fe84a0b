#pragma once

#include <string_view>

namespace keitaro_outbox::core {

/// Whether `given` is `secret`. How long it takes depends on the length of `given` alone, so that a secret
/// cannot be guessed character by character. An empty secret is nobody's.
bool same_secret(std::string_view given, std::string_view secret);

}  // namespace keitaro_outbox::core
