#pragma once

#include "config/settings.hpp"
#include "log/log.hpp"
#include "ports/outbox.hpp"
#include "ports/outbox_store.hpp"

namespace keitaro_outbox::app {

/// Looks up, where a tracker has an Admin API, which rows of an older copy of the database were sent before
/// it was restored: what is in the tracker's records is marked as delivered without being sent. To be called
/// by the thread that delivers, before it sends anything. What cannot be looked up is left to be sent. Throws
/// StoreError.
void resolve_restored_past(ports::OutboxStore& store, ports::Outbox& outbox, const config::Settings& settings,
                           log::Log& log);

}  // namespace keitaro_outbox::app
