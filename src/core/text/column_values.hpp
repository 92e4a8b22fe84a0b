#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/text/amount.hpp"

namespace keitaro_outbox::core {

// Values as they go into a column or a parameter of a statement, whatever the store: nullopt is NULL.

/// `text` must outlive the result.
inline std::optional<std::string_view> unless_empty(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

/// The name of a state, a status or a verdict.
template <typename Named>
std::optional<std::string_view> name_of(const std::optional<Named>& value) {
  return value ? std::optional(name_of(*value)) : std::nullopt;
}

inline std::optional<std::string> text_of(const std::optional<Amount>& amount) {
  return amount ? std::optional(amount->text()) : std::nullopt;
}

}  // namespace keitaro_outbox::core
