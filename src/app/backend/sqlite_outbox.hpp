#pragma once

#include <memory>
#include <string>

#include "ports/outbox.hpp"
#include "sqlite/readback/verdict_inbox.hpp"

namespace keitaro_outbox::app {

/// The outbox in a SQLite file. Opens nothing yet. Verdicts go through `verdicts` as long as a worker of this
/// process takes them from it; it may be null, and must outlive all that is opened.
std::unique_ptr<ports::Outbox> sqlite_outbox(const std::string& path,
                                             sqlite::VerdictInbox* verdicts = nullptr);

}  // namespace keitaro_outbox::app
