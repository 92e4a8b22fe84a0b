#include "core/rules/row.hpp"

#include <array>
#include <cstddef>

namespace keitaro_outbox::core {
namespace {

constexpr std::array<std::string_view, 6> kStateNames{"pending", "delivered", "duplicate",
                                                      "refused", "dead",      "cancelled"};

}  // namespace

std::string_view name_of(State state) {
  return kStateNames.at(static_cast<std::size_t>(state));
}

std::optional<State> state_named(std::string_view name) {
  for (std::size_t i = 0; i < kStateNames.size(); ++i) {
    if (kStateNames[i] == name) return static_cast<State>(i);
  }
  return std::nullopt;
}

}  // namespace keitaro_outbox::core
