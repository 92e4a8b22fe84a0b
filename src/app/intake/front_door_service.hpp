#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "config/settings.hpp"
#include "http/server/server.hpp"
#include "intake/front_door.hpp"
#include "intake/group_committer.hpp"
#include "intake/spool.hpp"
#include "log/log.hpp"
#include "log/repeat_limit.hpp"
#include "monitoring/intake_metrics.hpp"
#include "ports/intake_store.hpp"

namespace keitaro_outbox::app {

/// The front door of a process: its server, its threads and its connection to the database. It needs no
/// worker: it takes in while none runs, and while one stands by.
class FrontDoorService {
 public:
  /// `settings` must have an `intake`. Throws StoreError where the database cannot be opened, and
  /// std::runtime_error where the address cannot be listened on.
  FrontDoorService(const std::string& database, const config::Settings& settings, log::Log& log);

  /// Answers what is under way, then ends.
  ~FrontDoorService();
  FrontDoorService(const FrontDoorService&) = delete;
  FrontDoorService& operator=(const FrontDoorService&) = delete;

  /// Takes other sources, and what their trackers know, from now on. From any thread.
  void reconfigure(const config::Settings& settings);

  /// Whether requests can be kept, in the database or in the spool.
  monitoring::Health ready() const;

  /// In Prometheus' text format. Reads the database. One thread at a time.
  std::string metrics();

 private:
  intake::FrontDoor::Options options_of(const config::Settings& settings);
  void tell(const intake::Source& source, intake::Fate fate, std::string_view reason,
            std::chrono::nanoseconds took);
  void tell_turned_away(intake::TurnedAway cause, const std::optional<core::IpAddress>& client);
  void tell_trouble(std::string_view reason, bool spooled);
  void tell_recovery();

  const std::string database_;
  log::Log& log_;
  const std::vector<core::IpNetwork> trusted_proxies_;
  monitoring::IntakeMetrics metrics_;
  std::atomic<bool> troubled_{false};
  std::atomic<bool> keeping_{true};
  std::mutex log_mutex_;
  log::RepeatLimit repeats_;

  std::unique_ptr<ports::IntakeStore> store_;
  std::optional<intake::Spool> spool_;
  std::unique_ptr<intake::GroupCommitter> committer_;
  std::unique_ptr<intake::FrontDoor> door_;
  std::unique_ptr<http::Server> server_;
};

/// The name of a database's spool: beside the file of a SQLite database, else in the folder that systemd's
/// STATE_DIRECTORY names. nullopt where there is none.
std::optional<std::string> spool_path(const std::string& database);

/// What is in it, in bytes; 0 where there is none.
std::int64_t spool_bytes(const std::string& database);

}  // namespace keitaro_outbox::app
