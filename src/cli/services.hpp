#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/environment.hpp"
#include "config/settings.hpp"
#include "core/text/time.hpp"
#include "log/log.hpp"
#include "ports/outbox.hpp"
#include "report/finding.hpp"
#include "worker/engine.hpp"

namespace keitaro_outbox::cli {

struct DeliverOptions {
  std::string database;
  bool until_drained = false;
  std::optional<core::Millis> give_up_after;
  bool resume_restored = false;  ///< Goes on with an older copy of the database.
  /// A process that spends longer than this on one row ends itself, to be started again.
  core::Millis handling_limit = std::chrono::minutes{1};
  config::Environment environment = {};  ///< Holds the address at which systemd listens.
  /// For SIGHUP: reads the settings again. Throws config::ConfigError. Where it is empty the signal ends the
  /// process, as usual.
  std::function<config::Settings()> load = {};
};

struct Delivery {
  worker::Summary summary;
  std::int64_t without_sentinel = 0;  ///< Rows delivered though the answer lacked the text asked for.
};

struct CheckOptions {
  std::string database;
  bool offline = false;
  core::WallTime now{};
};

/// What verbs need done by parts that they do not know: stores, the worker, the network.
class Services {
 public:
  virtual ~Services() = default;

  /// The outbox in a database. Opens nothing yet.
  virtual std::unique_ptr<ports::Outbox> outbox(const std::string& database) = 0;

  /// Runs a worker in this thread until a signal, or as the options say, and logs what happens. Throws
  /// ports::StoreError when the database cannot be opened or lacks the schema, and std::runtime_error when it
  /// cannot listen on its address.
  virtual Delivery deliver(const DeliverOptions& options, const config::Settings& settings,
                           log::Log& log) = 0;

  /// Looks at everything that could keep a postback from arriving. Sends each tracker one request, unless
  /// offline. Trouble becomes a finding.
  virtual std::vector<report::Finding> check(const CheckOptions& options,
                                             const config::Settings& settings) = 0;
};

}  // namespace keitaro_outbox::cli
