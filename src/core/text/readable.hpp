#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace keitaro_outbox::core {

/// Text of others, fit to stand in one line for people: at most `limit` characters, the last then being `…`.
/// Characters that steer a terminal or the direction of writing, line ends, and bytes that are no UTF-8
/// become `?`.
std::string readable(std::string_view text, std::size_t limit = 40);

}  // namespace keitaro_outbox::core
