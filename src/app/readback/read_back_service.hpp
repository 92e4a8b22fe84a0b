#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "app/readback/tracker_api.hpp"
#include "config/settings.hpp"
#include "log/log.hpp"
#include "monitoring/read_back_metrics.hpp"
#include "ports/outbox.hpp"

namespace keitaro_outbox::app {

/// Reads back what became of conversions, beside a worker: a thread and a connection of its own for each
/// tracker that has an Admin API, so that neither delivery nor another tracker waits for one.
class ReadBackService {
 public:
  /// Asks only while `may_ask` says so; it is called from the threads. All must outlive it.
  ReadBackService(ports::Outbox& outbox, ApiTurns& turns, const config::Settings& settings, log::Log& log,
                  std::function<bool()> may_ask);
  /// Gives up the request under way.
  ~ReadBackService();
  ReadBackService(const ReadBackService&) = delete;
  ReadBackService& operator=(const ReadBackService&) = delete;

  /// Takes other trackers from now on. From any thread.
  void reconfigure(const config::Settings& settings);

  /// In Prometheus' text format; empty where no tracker is read back from. From any thread.
  std::string metrics() const;

 private:
  class Tracker;

  ports::Outbox& outbox_;  ///< Each call of it opens a connection of its own.
  ApiTurns& turns_;
  log::Log& log_;
  const std::function<bool()> may_ask_;
  monitoring::ReadBackMetrics metrics_;
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Tracker>> trackers_;
};

}  // namespace keitaro_outbox::app
