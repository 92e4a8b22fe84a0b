#pragma once

#include <string_view>
#include <vector>

#include "intake/source.hpp"

namespace keitaro_outbox::intake {

/// Whether `given` is `key`. How long it takes depends on the length of `given` alone, so that a key cannot
/// be guessed character by character. An empty key is nobody's.
bool is_key(std::string_view given, std::string_view key);

/// The source with this key, all of them being compared; nullptr for none.
const Source* source_with_key(const std::vector<Source>& sources, std::string_view given);

}  // namespace keitaro_outbox::intake
