#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "http/server/http_listener.hpp"
#include "monitoring/backlog_counter.hpp"
#include "monitoring/health_state.hpp"
#include "worker/engine.hpp"

namespace keitaro_outbox::monitoring {

/// The pages for those who watch over the process: `/metrics`, `/healthz`, `/readyz`.
class Monitor {
 public:
  struct Parts {
    std::function<Health()> live;           ///< Must not wait.
    std::function<Health()> ready;          ///< The same.
    std::function<std::string()> metrics;   ///< In Prometheus' text format; may take its time.
    http::HttpListener::Handler page = {};  ///< The page for people: gets all other requests. May be empty.
  };

  /// What the parts use must outlive it. Throws as http::HttpListener does.
  Monitor(const http::ListenAddress& address, Parts parts);

  const http::ListenAddress& address() const { return listener_.address(); }

 private:
  std::optional<http::Page> quick_page(const std::string& path) const;
  std::optional<http::Page> slow_page(const std::string& path) const;

  const Parts parts_;
  http::HttpListener listener_;  // The last: it asks for pages from its first moment to its last.
};

/// One line for people, for systemd: `delivering; 12 pending, 3 in flight; default is paused; other is open`.
std::string status_text(worker::RunPhase phase, const std::vector<delivery::TrackerSnapshot>& trackers,
                        const Backlog& backlog);

}  // namespace keitaro_outbox::monitoring
