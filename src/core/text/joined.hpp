#pragma once

#include <functional>
#include <string>

namespace keitaro_outbox::core {

/// For people: `a, b, c`. `text_of` gives each one's text, where they are none themselves.
template <typename Range, typename TextOf = std::identity>
std::string joined(const Range& items, const TextOf& text_of = {}) {
  std::string out;
  for (const auto& item : items) {
    if (!out.empty()) out += ", ";
    out += text_of(item);
  }
  return out;
}

}  // namespace keitaro_outbox::core
