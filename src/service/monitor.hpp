#pragma once

#include <functional>
#include <string>
#include <vector>

#include "service/census_taker.hpp"
#include "service/http_listener.hpp"
#include "service/metrics.hpp"
#include "service/vitals.hpp"

namespace keitaro_outbox::service {

/// The pages for those who watch over the process: `/metrics`, `/healthz`, `/readyz`.
class Monitor {
 public:
  struct Parts {
    std::string database;
    const Vitals& vitals;
    const Metrics& metrics;
    CensusTaker& census;
    std::function<std::vector<delivery::TrackerStanding>()> trackers;
  };

  /// All parts must outlive it. Throws as HttpListener does.
  Monitor(const ListenAddress& address, Parts parts);

  const ListenAddress& address() const { return listener_.address(); }

 private:
  std::optional<Page> page(const std::string& path) const;
  std::string metrics() const;

  const Parts parts_;
  const std::string log_path_;
  HttpListener listener_;  // The last: it asks for pages from its first moment to its last.
};

/// One line for people, for systemd: `delivering; 12 pending, 3 in flight; default is paused; other is open`.
std::string status_text(worker::Phase phase, const std::vector<delivery::TrackerStanding>& trackers,
                        const Backlog& backlog);

}  // namespace keitaro_outbox::service
