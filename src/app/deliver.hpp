#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "config/environment.hpp"
#include "config/settings.hpp"
#include "log/log.hpp"
#include "worker/engine.hpp"

namespace keitaro_outbox::app {

struct DeliverOptions {
  std::string database;
  bool until_drained = false;
  std::optional<core::Millis> give_up_after;
  bool resume_restored = false;  ///< Goes on with an older copy of the database.
  /// After so long with one and the same row the process ends itself, to be started again.
  core::Millis handling_limit = std::chrono::minutes{1};
  config::Environment environment = {};  ///< Where systemd says how it is to be told.
  std::function<config::Settings()> load =
      {};  ///< For SIGHUP: reads the settings anew. Throws config::ConfigError. Empty:
           ///< the signal ends the process, as usual.
};

struct Delivery {
  worker::Summary summary;
  std::int64_t without_sentinel = 0;  ///< Rows delivered though the answer lacked the text asked for.
};

/// Runs a worker in this thread until a signal, or as the options say, and logs what happens. Throws
/// ports::StoreError when the database cannot be opened or lacks the schema, and std::runtime_error when it
/// cannot listen where it should.
Delivery deliver(const DeliverOptions& options, const config::Settings& settings, log::Log& log);

/// In logs and in JSON.
std::string_view name_of(worker::Summary::End end);

}  // namespace keitaro_outbox::app
