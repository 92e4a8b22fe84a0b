#pragma once

#include <chrono>

#include "core/text/time.hpp"

namespace keitaro_outbox::app {

/// How long a person who asks for the tracker's records waits for another's lock on the database.
inline constexpr core::Millis kBusyLimitForPeople = std::chrono::seconds{5};

}  // namespace keitaro_outbox::app
