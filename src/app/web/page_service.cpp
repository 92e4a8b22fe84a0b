#include "app/web/page_service.hpp"

#include <utility>

#include "app/intake/replay_rejects.hpp"
#include "app/readback/busy_limit.hpp"
#include "app/readback/compare_days.hpp"
#include "config/option_values.hpp"
#include "core/text/database_name.hpp"
#include "keitaro_outbox/version.hpp"
#include "ports/clock.hpp"
#include "report/time_words.hpp"

namespace keitaro_outbox::app {

PageService::PageService(Parts parts, const config::Settings& settings)
    : parts_(std::move(parts)),
      settings_(std::make_shared<const config::Settings>(settings)),
      history_(parts_.history != nullptr ? *parts_.history : own_history_),
      figures_(
          parts_.outbox, [this] { return this->settings(); }, history_, parts_.history != nullptr),
      comparison_([this](int days, core::WallTime now,
                         const std::function<bool()>& stop_asked) { return compare(days, now, stop_asked); },
                  parts_.log),
      page_({.outbox = parts_.outbox,
             .figures = figures_,
             .history = history_,
             .actions = settings.page.mode == config::PageMode::on
                            ? &actions_.emplace(
                                  parts_.outbox, parts_.log,
                                  [this](const web::ReplayRejects& which) { return replay(which); },
                                  [this] { figures_.forget(); })
                            : nullptr,
             .comparison = comparison_,
             .settings = [this] { return this->settings(); },
             .live = parts_.live,
             .can_replay = !settings.sources.empty(),
             .database = core::shown_database(parts_.database),
             .version = kVersion,
             .place_flags = std::nullopt}),
      server_(page_, settings.page, parts_.log) {}

void PageService::handle(ports::HttpRequest&& request, ports::HttpReply reply) {
  server_.handle(std::move(request), std::move(reply));
}

void PageService::reconfigure(const config::Settings& settings) {
  auto fresh = std::make_shared<const config::Settings>(settings);
  const std::lock_guard lock(mutex_);
  settings_ = std::move(fresh);
}

std::shared_ptr<const config::Settings> PageService::settings() const {
  const std::lock_guard lock(mutex_);
  return settings_;
}

std::string PageService::replay(const web::ReplayRejects& which) {
  const auto rejects = parts_.outbox.rejects();
  cli::ReplayOptions options{.database = parts_.database, .ids = {}, .now = ports::wall_now()};
  if (!which.source.empty()) options.group = {which.source, which.reason};
  const cli::ReplayReport report = replay_rejects(*rejects, options, *settings());
  std::string text = report::count_words(report.added, "row was added", "rows were added");
  if (report.already_there > 0) text += ", " + std::to_string(report.already_there) + " were there already";
  if (report.ignored > 0)
    text += ", " + std::to_string(report.ignored) + " are ignored as they ask themselves";
  text +=
      ", " + std::to_string(report.rejected) + (report.rejected == 1 ? " is" : " are") + " still rejected";
  if (report.of_unknown_source > 0)
    text +=
        ", " + std::to_string(report.of_unknown_source) + " left alone: the configuration lacks their source";
  return text;
}

std::vector<report::TrackerDrift> PageService::compare(int days, core::WallTime now,
                                                       const std::function<bool()>& stop_asked) {
  std::vector<report::TrackerDrift> trackers;
  const auto store = parts_.outbox.read_back(kBusyLimitForPeople);
  const auto now_set = settings();
  for (const delivery::TrackerSpec& spec : now_set->trackers) {
    if (!spec.read_back) continue;
    TrackerApi api(spec, stop_asked, parts_.turns.of(spec.rules.name));
    std::int64_t requests = 0;
    trackers.push_back(compare_days(*store, spec, api, days, now, stop_asked, requests));
  }
  return trackers;
}

bool serves_page(const config::Settings& settings) {
  if (!settings.listen || settings.page.mode == config::PageMode::off) return false;
  return !settings.page.password.empty() || config::is_loopback(*settings.listen);
}

std::function<void(ports::HttpRequest&& request, ports::HttpReply reply)> handler_of(
    std::optional<PageService>& page) {
  if (!page) return {};
  return [&page](ports::HttpRequest&& request, ports::HttpReply reply) {
    page->handle(std::move(request), std::move(reply));
  };
}

void warn_of_missing_page(const config::Settings& settings, log::Log& log) {
  if (!settings.listen || settings.page.mode == config::PageMode::off || serves_page(settings)) return;
  log.write(config::LogLevel::warn, "page_not_served",
            {{"reason", "beyond loopback the page needs page_password; page = \"off\" ends this line"}});
}

}  // namespace keitaro_outbox::app
