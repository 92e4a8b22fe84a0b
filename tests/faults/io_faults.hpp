#pragma once

#include "faults/forwarding_vfs.hpp"

namespace keitaro_outbox::faults {

/// SQLite's calls of the world fail at Place::sqlite_io, as such calls do.
IoListener& failing_io();

}  // namespace keitaro_outbox::faults
