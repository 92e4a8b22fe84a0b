#pragma once

#include <memory>

#include "ports/outbox.hpp"

namespace keitaro_outbox::app {

/// The same outbox, whose writing parts are refused once its rows have moved elsewhere, or while they do.
std::unique_ptr<ports::Outbox> guarded(std::unique_ptr<ports::Outbox> outbox, const std::string& name);

}  // namespace keitaro_outbox::app
