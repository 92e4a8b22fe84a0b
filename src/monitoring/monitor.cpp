#include "monitoring/monitor.hpp"

#include <filesystem>
#include <utility>

namespace keitaro_outbox::monitoring {
namespace {

/// A scrape waits so long for new figures; of millions of rows it gets the last ones.
constexpr core::Millis kPatience{300};

http::Page page_of(const Health& health) {
  return {.http_status = health.ok ? 200 : 503, .body = health.text + "\n"};
}

}  // namespace

Monitor::Monitor(const http::ListenAddress& address, Parts parts)
    : parts_(std::move(parts)), listener_(address, [this](const std::string& path) { return page(path); }) {}

std::optional<http::Page> Monitor::page(const std::string& path) const {
  if (path == "/metrics") return http::Page{.type = std::string(kMetricsType), .body = metrics()};
  if (path == "/healthz") return page_of(parts_.health.live());
  if (path == "/readyz") return page_of(parts_.health.ready());
  if (path == "/") return http::Page{.body = "keitaro-outbox: /metrics /healthz /readyz\n"};
  return std::nullopt;
}

std::string Monitor::metrics() const {
  Reading reading;
  reading.database = std::filesystem::path(parts_.database).filename().string();
  reading.backlog = parts_.backlog_counter.backlog(kPatience);
  reading.phase = parts_.health.phase();
  reading.database_ok = parts_.health.database_ok();
  reading.since_last_turn = parts_.health.since_last_turn();
  reading.trackers = parts_.trackers();
  reading.wal_bytes = parts_.wal_bytes();
  reading.libraries = parts_.libraries;
  return parts_.metrics.text(reading);
}

std::string status_text(worker::RunPhase phase, const std::vector<delivery::TrackerSnapshot>& trackers,
                        const Backlog& backlog) {
  int in_flight = 0;
  std::string remarks;
  for (const delivery::TrackerSnapshot& tracker : trackers) {
    in_flight += tracker.in_flight;
    if (tracker.paused) remarks += "; " + tracker.name + " is paused";
    if (tracker.breaker != core::Breaker::Phase::closed)
      remarks +=
          "; " + tracker.name + " fails for all, breaker " + std::string(core::name_of(tracker.breaker));
  }
  const std::string pending =
      backlog.counted_at ? std::to_string(backlog.pending()) + " pending" : "not counted yet";
  return std::string(name_of(phase)) + "; " + pending + ", " + std::to_string(in_flight) + " in flight" +
         remarks;
}

}  // namespace keitaro_outbox::monitoring
