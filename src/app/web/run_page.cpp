#include "app/web/run_page.hpp"

#include <microhttpd.h>
#include <poll.h>
#include <sqlite3.h>
#include <unistd.h>

#include <map>
#include <string>
#include <utility>

#include "app/backend/stores.hpp"
#include "app/signals.hpp"
#include "app/web/page_service.hpp"
#include "core/text/database_name.hpp"
#include "keitaro_outbox/version.hpp"
#include "monitoring/intake_metrics.hpp"
#include "monitoring/monitor.hpp"
#include "process/event_fd.hpp"

namespace keitaro_outbox::app {

void run_page(const cli::PageOptions& options, const config::Settings& settings, log::Log& log) {
  process::EventFd stop_asked;
  const auto outbox = outbox_at(options.database);
  outbox->reader();  // What is wrong with the file is told in one line and nothing else.
  ApiTurns turns;
  PageService page({.outbox = *outbox, .database = options.database, .log = log, .turns = turns}, settings);
  const monitoring::Monitor monitor(
      *settings.listen,
      {.live =
           [] {
             return monitoring::Health{true, "alive"};
           },
       .ready =
           [] {
             return monitoring::Health{true, "serving the page, not delivering"};
           },
       .metrics =
           [] {
             return monitoring::process_text(
                 {{"sqlite", sqlite3_libversion()}, {"microhttpd", MHD_get_version()}});
           },
       .page = [&page](ports::HttpRequest&& request,
                       ports::HttpReply reply) { page.handle(std::move(request), std::move(reply)); }});
  const Signals signals(stop_asked, nullptr);
  for (const std::string& warning : settings.warnings)
    log.write(config::LogLevel::warn, "configuration", {{"reason", warning}});
  log.write(config::LogLevel::info, "start",
            {{"version", kVersion},
             {"database", core::shown_database(options.database)},
             {"pid", std::int64_t{::getpid()}}});
  log.write(config::LogLevel::info, "listening", {{"address", std::string_view(monitor.address().text())}});
  options.on_ready("http://" + monitor.address().text() + "/");
  pollfd polled{stop_asked.fd(), POLLIN, 0};
  while ((polled.revents & POLLIN) == 0) {
    constexpr int kForEver = -1;
    ::poll(&polled, 1, kForEver);
  }
  log.write(config::LogLevel::info, "end", {{"how", "stopped"}});
}

}  // namespace keitaro_outbox::app
