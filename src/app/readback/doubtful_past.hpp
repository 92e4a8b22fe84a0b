#pragma once

#include <functional>

#include "config/settings.hpp"
#include "log/log.hpp"
#include "ports/outbox.hpp"
#include "ports/outbox_store.hpp"
#include "worker/engine.hpp"

namespace keitaro_outbox::app {

/// Looks up, where a tracker has an Admin API, which pending rows were sent: what is in the tracker's records
/// is marked as delivered without being sent. Of an older copy of the database all rows that are due are
/// looked up; after a power cut those first in line, as no others can have been under way, and for a minute
/// at most. To be called by the thread that delivers, before it sends anything. What cannot be looked up is
/// left to be sent. Throws StoreError.
void resolve_past(worker::DoubtfulPast past, ports::OutboxStore& store, ports::Outbox& outbox,
                  const config::Settings& settings, log::Log& log, const std::function<bool()>& stop_asked);

}  // namespace keitaro_outbox::app
