#pragma once

#include <memory>
#include <string>

#include "ports/outbox.hpp"

namespace keitaro_outbox::postgresql {

/// The outbox in a PostgreSQL database. Opens nothing yet.
std::unique_ptr<ports::Outbox> outbox_at(const std::string& address);

}  // namespace keitaro_outbox::postgresql
