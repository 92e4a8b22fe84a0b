#pragma once

#include <optional>
#include <string>

#include "sqlite/base/errors.hpp"

namespace keitaro_outbox::sqlite {

/// The name of the CHECK that turned a row away, such as `tracker_is_empty`; nullopt for another error.
std::optional<std::string> broken_rule(const SqlError& error);

}  // namespace keitaro_outbox::sqlite
