#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace keitaro_outbox::config {

/// The number of single-character insertions, deletions, replacements and swaps of neighbours that turn `a`
/// into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The known name that a misspelt one was most likely meant to be; nullopt when none is near. Case and the
/// difference between
/// `-` and `_` do not count; a name that is known as it stands is nearest to itself.
std::optional<std::string_view> nearest(std::string_view written, std::span<const std::string_view> known);

}  // namespace keitaro_outbox::config
