#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "delivery/tracker_spec.hpp"
#include "ports/outbox_store.hpp"

namespace keitaro_outbox::simulation {

/// What is taken out of the worker, to see that the simulation misses it.
enum class Sabotage : std::uint8_t {
  none,
  order,    ///< Nobody tells of the earlier rows of a click.
  ledger,   ///< Nobody knows what a tracker has taken in.
  journal,  ///< An outcome is dropped before it is committed.
  breaker,  ///< Nothing ever opens it.
  loading,  ///< Some rows are never found.
  release,  ///< What is blocked stays blocked.
  acks      ///< A worker forgets the answers that its predecessor did not record.
};

std::optional<Sabotage> sabotage_named(std::string_view name);

/// A store that does as much of its work as it is let. Empty for none.
std::function<std::unique_ptr<ports::OutboxStore>(ports::OutboxStore&)> sabotaged_store(Sabotage sabotage);

/// Whether a complaint is of what was taken out, rather than of something else.
bool is_found_out(Sabotage sabotage, std::string_view complaint);

void sabotage_tracker(Sabotage sabotage, delivery::TrackerSpec& spec);

}  // namespace keitaro_outbox::simulation
