#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace keitaro_outbox::core {

/// After this the next push_back cannot fail: where memory runs out, it does so here, with nothing changed.
/// Throws std::bad_alloc.
template <typename Item>
void make_room(std::vector<Item>& items) {
  constexpr std::size_t kLeast = 16;
  if (items.size() == items.capacity()) items.reserve(std::max(kLeast, items.size() * 2));
}

}  // namespace keitaro_outbox::core
