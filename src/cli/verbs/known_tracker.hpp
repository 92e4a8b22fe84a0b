#pragma once

#include <optional>
#include <string>

#include "cli/execute.hpp"

namespace keitaro_outbox::cli {

struct TrackerLookup {
  std::optional<bool> configured;  ///< nullopt without a configuration, or with one that cannot be read.
  std::string warning;             ///< Empty where there is nothing to say.
};

/// Looks a tracker's name up in the configuration, and then in the outbox: rows to be sent, conversions, what
/// a worker noted of its own configuration, and last all rows. A name that none of them knows is a UsageError
/// that tells the nearest one, unless `choice.force`. A configuration that cannot be read is no error: it may
/// be that only the worker has the key.
TrackerLookup look_up_tracker(const std::string& name, const TrackerChoice& choice, const Command& command,
                              const Surroundings& around);

/// The same for a `--tracker` that may have been left out.
void require_known_tracker(const std::optional<std::string>& name, const TrackerChoice& choice,
                           const Command& command, const Surroundings& around);

}  // namespace keitaro_outbox::cli
