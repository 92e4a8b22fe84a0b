#include "monitoring/monitor.hpp"

#include <utility>

#include "monitoring/metrics.hpp"

namespace keitaro_outbox::monitoring {
namespace {

http::Page page_of(const Health& health) {
  return {.http_status = health.ok ? 200 : 503, .body = health.text + "\n"};
}

}  // namespace

Monitor::Monitor(const http::ListenAddress& address, Parts parts)
    : parts_(std::move(parts)),
      listener_(address, {.quick = [this](const std::string& path) { return quick_page(path); },
                          .slow = [this](const std::string& path) { return slow_page(path); },
                          .is_slow = [](const std::string& path) { return path == "/metrics"; },
                          .rest = parts_.page}) {}

std::optional<http::Page> Monitor::quick_page(const std::string& path) const {
  if (path == "/healthz") return page_of(parts_.live());
  if (path == "/readyz") return page_of(parts_.ready());
  if (path == "/" && !parts_.page) return http::Page{.body = "keitaro-outbox: /metrics /healthz /readyz\n"};
  return std::nullopt;
}

std::optional<http::Page> Monitor::slow_page(const std::string& path) const {
  if (path == "/metrics") return http::Page{.type = std::string(kMetricsType), .body = parts_.metrics()};
  return std::nullopt;
}

std::string status_text(worker::RunPhase phase, const std::vector<delivery::TrackerSnapshot>& trackers,
                        const Backlog& backlog) {
  int in_flight = 0;
  std::string remarks;
  for (const delivery::TrackerSnapshot& tracker : trackers) {
    in_flight += tracker.in_flight;
    if (tracker.paused) remarks += "; " + tracker.name + " is paused";
    if (tracker.breaker != core::CircuitBreaker::Phase::closed)
      remarks +=
          "; " + tracker.name + " fails for all, breaker " + std::string(core::name_of(tracker.breaker));
  }
  const std::string pending =
      backlog.counted_at ? std::to_string(backlog.pending()) + " pending" : "not counted yet";
  return std::string(name_of(phase)) + "; " + pending + ", " + std::to_string(in_flight) + " in flight" +
         remarks;
}

}  // namespace keitaro_outbox::monitoring
