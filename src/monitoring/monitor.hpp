#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "http/server/http_listener.hpp"
#include "monitoring/backlog_counter.hpp"
#include "monitoring/health_state.hpp"
#include "monitoring/metrics.hpp"

namespace keitaro_outbox::monitoring {

/// The pages for those who watch over the process: `/metrics`, `/healthz`, `/readyz`.
class Monitor {
 public:
  struct Parts {
    std::string database;  ///< Its path.
    const HealthState& health;
    const Metrics& metrics;
    BacklogCounter& backlog_counter;
    std::function<std::vector<delivery::TrackerSnapshot>()> trackers;
    std::function<std::uint64_t()> wal_bytes;
    std::map<std::string, std::string> libraries;  ///< Their versions by name.
  };

  /// All parts must outlive it. Throws as http::HttpListener does.
  Monitor(const http::ListenAddress& address, Parts parts);

  const http::ListenAddress& address() const { return listener_.address(); }

 private:
  std::optional<http::Page> page(const std::string& path) const;
  std::string metrics() const;

  const Parts parts_;
  http::HttpListener listener_;  // The last: it asks for pages from its first moment to its last.
};

/// One line for people, for systemd: `delivering; 12 pending, 3 in flight; default is paused; other is open`.
std::string status_text(worker::RunPhase phase, const std::vector<delivery::TrackerSnapshot>& trackers,
                        const Backlog& backlog);

}  // namespace keitaro_outbox::monitoring
