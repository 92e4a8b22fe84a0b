#include "app/intake/front_door_service.hpp"

#include <sys/prctl.h>

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "app/backend/stores.hpp"
#include "app/intake/tracker_knowledge.hpp"
#include "core/text/database_name.hpp"
#include "core/text/joined.hpp"
#include "ports/clock.hpp"
#include "ports/outbox_store.hpp"

namespace keitaro_outbox::app {
namespace {

std::string names_of(const std::vector<intake::Source>& sources) {
  return core::joined(sources, [](const intake::Source& source) { return source.name; });
}

}  // namespace

std::optional<std::string> spool_path(const std::string& database) {
  if (core::is_postgresql_address(database)) {
    const char* const folders = std::getenv("STATE_DIRECTORY");
    if (folders == nullptr || *folders == '\0') return std::nullopt;
    const std::string_view all(folders);
    return std::string(all.substr(0, all.find(':'))) + "/intake-spool";
  }
  // Beside the real file, as the write-ahead log is.
  std::error_code error;
  const auto real = std::filesystem::canonical(database, error);
  return (error ? database : real.string()) + "-intake-spool";
}

std::int64_t spool_bytes(const std::string& database) {
  const auto path = spool_path(database);
  return path ? intake::Spool(*path, {}).size() : 0;
}

/// Without `spool` too there is one: what an earlier start, or another front door, left there goes first.
static intake::Spool::Limits limits_of(const config::IntakeSettings& settings) {
  intake::Spool::Limits limits;
  if (!settings.spool) limits.largest = 0;
  return limits;
}

FrontDoorService::FrontDoorService(const std::string& database, const config::Settings& settings,
                                   log::Log& log)
    : database_(database),
      log_(log),
      trusted_proxies_(settings.intake->trusted_proxies),
      store_(intake_store_at(database)) {
  // Requests hold keys: what a crash leaves behind must not show them.
  ::prctl(PR_SET_DUMPABLE, 0);
  const config::IntakeSettings& intake = *settings.intake;
  if (const auto path = spool_path(database)) {
    spool_.emplace(*path, limits_of(intake));
  } else if (intake.spool) {
    throw ports::StoreError(ports::StoreError::Kind::other,
                            "spool = true needs a folder for the spool: set STATE_DIRECTORY, as systemd's "
                            "StateDirectory= does");
  }
  intake::GroupCommitter::Options committing;
  committing.on_set_aside = [this](std::size_t lines) {
    log_.write(config::LogLevel::error, "spool_damaged",
               {{"records", static_cast<std::int64_t>(lines)},
                {"kept_in", std::string_view(spool_->damaged_path())}});
  };
  committer_ = std::make_unique<intake::GroupCommitter>(*store_, spool_ ? &*spool_ : nullptr, committing);
  door_ = std::make_unique<intake::FrontDoor>(options_of(settings), *committer_);
  http::ServerOptions options;
  options.host = intake.listen.host;
  options.port = intake.listen.port;
  options.trusted = intake.trusted_proxies;
  try {
    server_ = std::make_unique<http::Server>(std::move(options),
                                             [this](http::Request&& request, http::Reply reply) {
                                               door_->handle(std::move(request), std::move(reply));
                                             });
  } catch (...) {
    committer_.reset();
    throw;
  }
  const http::ListenAddress address{intake.listen.host, server_->port()};
  log_.write(config::LogLevel::info, "front_door",
             {{"address", std::string_view(address.text())},
              {"sources", std::string_view(names_of(settings.sources))},
              {"spool", intake.spool}});
}

FrontDoorService::~FrontDoorService() {
  server_.reset();     // Takes nothing more, and waits for what is under way.
  committer_.reset();  // It tells the door what became of the last ones.
}

intake::FrontDoor::Options FrontDoorService::options_of(const config::Settings& settings) {
  intake::FrontDoor::Options options;
  options.sources = settings.sources;
  options.trusted_proxies = trusted_proxies_;
  options.knows = tracker_knowledge(settings);
  options.wall_clock = [] { return ports::wall_now(); };
  options.on_first_call = [this](const intake::Source& source, std::string_view method) {
    log_.write(config::LogLevel::info, "first_call_seen",
               {{"source", std::string_view(source.name)}, {"method", method}});
  };
  options.on_fate = [this](const intake::Source& source, intake::Fate fate, std::string_view reason,
                           std::chrono::nanoseconds took) { tell(source, fate, reason, took); };
  options.on_turned_away = [this](intake::TurnedAway cause, const std::optional<core::IpAddress>& client) {
    tell_turned_away(cause, client);
  };
  return options;
}

void FrontDoorService::reconfigure(const config::Settings& settings) {
  door_->reconfigure(options_of(settings));
}

void FrontDoorService::tell(const intake::Source& source, intake::Fate fate, std::string_view reason,
                            std::chrono::nanoseconds took) {
  using intake::Fate;
  const bool committed = fate == Fate::accepted || fate == Fate::event_known || fate == Fate::rejected;
  if (committed) {
    metrics_.committed(took);
    tell_recovery();
  }
  if (fate == Fate::spooled || fate == Fate::not_kept) tell_trouble(reason, fate == Fate::spooled);
  const bool lost = fate == Fate::reject_not_kept;
  const bool odd = lost || fate == Fate::rejected || fate == Fate::unreadable;
  const auto level = lost ? config::LogLevel::error : odd ? config::LogLevel::info : config::LogLevel::debug;
  if (!log_.enabled(level)) return;
  std::int64_t suppressed = 0;
  if (odd) {
    const std::lock_guard lock(log_mutex_);
    const auto verdict = repeats_.judge(intake::name_of(fate), std::chrono::steady_clock::now());
    if (!verdict.write) return;
    suppressed = verdict.suppressed;
  }
  std::vector<log::LogField> fields{{"source", std::string_view(source.name)},
                                    {"result", intake::name_of(fate)}};
  if (!reason.empty()) fields.push_back({"reason", reason});
  if (suppressed > 0) fields.push_back({"suppressed", suppressed});
  log_.write(level, "intake", fields);
}

/// Neither path nor key: what is wrong with them may be one letter.
void FrontDoorService::tell_turned_away(intake::TurnedAway cause,
                                        const std::optional<core::IpAddress>& client) {
  const auto level =
      cause == intake::TurnedAway::other_path ? config::LogLevel::debug : config::LogLevel::warn;
  if (!log_.enabled(level)) return;
  std::int64_t suppressed = 0;
  {
    const std::lock_guard lock(log_mutex_);
    const auto verdict = repeats_.judge(intake::name_of(cause), std::chrono::steady_clock::now());
    if (!verdict.write) return;
    suppressed = verdict.suppressed;
  }
  std::vector<log::LogField> fields{{"cause", intake::name_of(cause)}};
  const std::string address = client ? client->text() : std::string();
  if (client) fields.push_back({"address", std::string_view(address)});
  if (suppressed > 0) fields.push_back({"suppressed", suppressed});
  log_.write(level, "turned_away", fields);
}

void FrontDoorService::tell_trouble(std::string_view reason, bool spooled) {
  keeping_ = spooled;
  if (troubled_.exchange(true)) return;
  log_.write(config::LogLevel::warn, "intake_trouble", {{"reason", reason}, {"spooled", spooled}});
}

void FrontDoorService::tell_recovery() {
  keeping_ = true;
  if (troubled_.exchange(false)) log_.write(config::LogLevel::info, "intake_recovered");
}

monitoring::Health FrontDoorService::ready() const {
  if (!keeping_) return {false, "the front door cannot keep requests: the log says why"};
  if (troubled_) return {true, "the front door keeps requests in the spool: the database cannot take them"};
  return {true, "the front door is open"};
}

std::string FrontDoorService::metrics() {
  monitoring::IntakeReading reading;
  for (const auto& [source, figures] : door_->figures()) {
    for (std::size_t i = 0; i < intake::kFates; ++i)
      reading.requests[source][intake::name_of(static_cast<intake::Fate>(i))] = figures[i];
  }
  const auto turned_away = door_->turned_away();
  for (std::size_t i = 0; i < intake::kTurnedAway; ++i)
    reading.turned_away[intake::name_of(static_cast<intake::TurnedAway>(i))] = turned_away[i];
  const auto figures = committer_->figures();
  reading.groups = figures.groups;
  reading.group_items = figures.items;
  reading.failed_groups = figures.failed_groups;
  reading.spool_bytes = figures.spool_bytes;
  const auto connections = server_->figures();
  reading.connections = connections.connections;
  reading.refused_connections = connections.refused_connections;
  reading.evicted_connections = connections.evicted_connections;
  reading.overdue_connections = connections.overdue_connections;
  try {
    reading.open_rejects = outbox_at(database_)->rejects()->count_open();
  } catch (const ports::StoreError&) {
    // Told of by what cannot be kept.
  }
  return metrics_.text(reading);
}

}  // namespace keitaro_outbox::app
