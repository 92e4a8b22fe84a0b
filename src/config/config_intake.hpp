#pragma once

#include <string_view>

#include "config/environment.hpp"
#include "config/settings.hpp"

namespace keitaro_outbox::config {

class Entry;

// The readers of `[intake]` and of each `[[source]]`. They throw ConfigError.
void read_intake(const Entry& entry, Settings& settings);
void read_sources(const Entry& entry, Settings& settings);

// Whether a key belongs there.
bool is_key_of_intake(std::string_view key);
bool is_key_of_source(std::string_view key);

/// What the front door's settings lack or say twice, once the whole file is read: each is an error. What is
/// odd becomes a warning. Throws ConfigError, without a place.
void check_intake(Settings& settings);

}  // namespace keitaro_outbox::config
