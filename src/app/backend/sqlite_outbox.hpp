#pragma once

#include <memory>
#include <string>

#include "ports/outbox.hpp"

namespace keitaro_outbox::app {

/// The outbox in a SQLite file. Opens nothing yet.
std::unique_ptr<ports::Outbox> sqlite_outbox(const std::string& path);

}  // namespace keitaro_outbox::app
