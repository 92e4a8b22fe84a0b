#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sqlite/base/errors.hpp"

namespace keitaro_outbox::sqlite {

/// The name of the CHECK that turned a row away, such as `tracker_is_empty`; nullopt for another error.
std::optional<std::string> broken_rule(const SqlError& error);

/// A CHECK's name as words: `tracker is empty`. Between two digits the underscore stands for a point:
/// `such_as_12_5`.
std::string words_of_rule(std::string_view rule);

}  // namespace keitaro_outbox::sqlite
