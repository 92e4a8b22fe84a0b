#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/readback/tracker_api.hpp"
#include "config/settings.hpp"
#include "log/log.hpp"
#include "ports/http_exchange.hpp"
#include "ports/outbox.hpp"
#include "web/actions.hpp"
#include "web/comparison.hpp"
#include "web/context.hpp"
#include "web/figures.hpp"
#include "web/page.hpp"
#include "web/page_server.hpp"

namespace keitaro_outbox::app {

/// The page for people, put together.
class PageService {
 public:
  struct Parts {
    ports::Outbox& outbox;
    std::string database;
    log::Log& log;
    ApiTurns& turns;
    std::function<std::optional<web::LiveWorker>()> live = {};  ///< Empty where this process has no worker.
    web::DayHistory* history = nullptr;  ///< Where what happens is counted as it happens; else it is read.
  };

  /// All parts must outlive it.
  PageService(Parts parts, const config::Settings& settings);
  PageService(const PageService&) = delete;
  PageService& operator=(const PageService&) = delete;

  /// Takes a request over. Does not wait. From any thread.
  void handle(ports::HttpRequest&& request, ports::HttpReply reply);

  /// The settings that rows and trackers are told by from now on. From any thread.
  void reconfigure(const config::Settings& settings);

 private:
  std::shared_ptr<const config::Settings> settings() const;
  std::string replay(const web::ReplayRejects& which);
  std::vector<report::TrackerDrift> compare(int days, core::WallTime now,
                                            const std::function<bool()>& stop_asked);

  const Parts parts_;
  mutable std::mutex mutex_;
  std::shared_ptr<const config::Settings> settings_;
  web::DayHistory own_history_;
  web::DayHistory& history_;
  web::Figures figures_;
  std::optional<web::Actions> actions_;
  web::Comparison comparison_;
  web::Page page_;
  web::PageServer server_;
};

/// Whether the settings have the page served.
bool serves_page(const config::Settings& settings);
/// What a listener calls; empty without a page, which must outlive it otherwise.
std::function<void(ports::HttpRequest&& request, ports::HttpReply reply)> handler_of(
    std::optional<PageService>& page);
/// Says so in the log where it would be served but for a missing password.
void warn_of_missing_page(const config::Settings& settings, log::Log& log);

}  // namespace keitaro_outbox::app
