#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/environment.hpp"
#include "config/settings.hpp"
#include "core/readback/drift.hpp"
#include "core/readback/verdict.hpp"
#include "core/text/reason_groups.hpp"
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

struct IntakeOptions {
  std::string database;
  config::Environment environment = {};         ///< As in DeliverOptions.
  std::function<config::Settings()> load = {};  ///< The same.
};

struct PageOptions {
  std::string database;
  std::function<void(const std::string& url)> on_ready;  ///< Told where the page is served.
};

struct ReplayOptions {
  std::string database;
  std::vector<std::int64_t> ids;  ///< None means all that are unresolved.
  /// Of these only those of one source with one reason; nullopt for all.
  std::optional<std::pair<std::string, std::string>> group = {};
  core::WallTime now{};
};

/// What became of rejects that were tried again.
struct ReplayReport {
  std::int64_t added = 0;
  std::int64_t already_there = 0;      ///< A row had the event id.
  std::int64_t ignored = 0;            ///< The request itself says so.
  std::int64_t rejected = 0;           ///< Still.
  core::ReasonGroups reasons;          ///< Of these.
  std::int64_t of_unknown_source = 0;  ///< The configuration lacks their source.
  std::vector<std::int64_t> missing;   ///< Ids that no unresolved reject has.
};

/// What the front door has left to do.
struct IntakeBacklog {
  std::int64_t open_rejects = 0;
  std::int64_t spool_bytes = 0;  ///< In the file beside the database, not in the table yet.
};

struct VerifyOptions {
  std::string database;
  std::optional<std::string> tracker;  ///< One tracker; none means all that have an Admin API.
  /// The totals of so many days, today's included, in place of asking for what is due.
  std::optional<int> days;
  /// Asks after conversions too that were taken in so long ago and never asked after, or to no avail.
  std::optional<core::Millis> newer_than;
  core::WallTime now{};
};

/// What one tracker's own records say.
struct TrackerVerified {
  struct Found {
    std::string subid;
    std::string tid;
    core::Verdict verdict = core::Verdict::unchecked;
    std::string note;
  };
  using Counts = std::array<std::int64_t, core::kVerdicts>;

  std::string tracker;
  Counts found{};               ///< By this call; `unchecked` are those that are asked after again.
  std::vector<Found> doubtful;  ///< Of these: what differs, is absent or cannot be known.
  Counts in_doubt{};            ///< All that stand in the ledger as `differs`, `absent`, `unknowable`.
  std::int64_t requests = 0;
  std::string trouble;                     ///< Why it could not be asked; empty where it could.
  std::optional<core::DriftReport> drift;  ///< With `days`.
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

  /// Opens the front door, without a worker, until a signal. Throws as deliver() does.
  virtual void intake(const IntakeOptions& options, const config::Settings& settings, log::Log& log) = 0;

  /// Serves the page for people, without a worker, until a signal. Throws as deliver() does.
  virtual void page(const PageOptions& options, const config::Settings& settings, log::Log& log) = 0;

  /// Makes rows of what the front door could not make rows of, by the settings of now. Throws
  /// ports::StoreError.
  virtual ReplayReport replay_rejects(const ReplayOptions& options, const config::Settings& settings) = 0;

  /// Throws ports::StoreError.
  virtual IntakeBacklog intake_backlog(const std::string& database) = 0;

  /// Asks the trackers' Admin APIs. Throws ports::StoreError, and config::ConfigError where no tracker has
  /// one.
  virtual std::vector<TrackerVerified> verify(const VerifyOptions& options,
                                              const config::Settings& settings) = 0;

  /// Looks at everything that could keep a postback from arriving. Sends each tracker one request, unless
  /// offline. Trouble becomes a finding.
  virtual std::vector<report::Finding> check(const CheckOptions& options,
                                             const config::Settings& settings) = 0;
};

}  // namespace keitaro_outbox::cli
