#pragma once

#include <memory>
#include <string>

#include "ports/leadership.hpp"
#include "ports/outbox.hpp"

namespace keitaro_outbox::postgresql {

/// The outbox in a PostgreSQL database. Opens nothing yet. With the share of this process's worker, which
/// must outlive it, read-back asks for the conversions of its lanes only.
std::unique_ptr<ports::Outbox> outbox_at(const std::string& address,
                                         const ports::WorkerShare* share = nullptr);

}  // namespace keitaro_outbox::postgresql
