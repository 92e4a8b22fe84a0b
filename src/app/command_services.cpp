#include "app/command_services.hpp"

#include "app/backend/stores.hpp"
#include "app/check/check.hpp"
#include "app/deliver.hpp"
#include "app/intake/front_door_service.hpp"
#include "app/intake/replay_rejects.hpp"
#include "app/intake/run_front_door.hpp"
#include "app/readback/verify.hpp"
#include "app/web/run_page.hpp"
#include "sqlite/base/memory_statistics.hpp"

namespace keitaro_outbox::app {

CommandServices::CommandServices() {
  sqlite::forgo_memory_statistics();
}

std::unique_ptr<ports::Outbox> CommandServices::outbox(const std::string& database) {
  return outbox_at(database);
}

cli::Delivery CommandServices::deliver(const cli::DeliverOptions& options, const config::Settings& settings,
                                       log::Log& log) {
  return app::deliver(options, settings, log);
}

void CommandServices::intake(const cli::IntakeOptions& options, const config::Settings& settings,
                             log::Log& log) {
  run_front_door(options, settings, log);
}

void CommandServices::page(const cli::PageOptions& options, const config::Settings& settings, log::Log& log) {
  run_page(options, settings, log);
}

cli::ReplayReport CommandServices::replay_rejects(const cli::ReplayOptions& options,
                                                  const config::Settings& settings) {
  outbox(options.database)->require_not_moved();
  return app::replay_rejects(*outbox(options.database)->rejects(), options, settings);
}

cli::IntakeBacklog CommandServices::intake_backlog(const std::string& database) {
  return {outbox(database)->rejects()->count_open(), spool_bytes(database)};
}

std::vector<cli::TrackerVerified> CommandServices::verify(const cli::VerifyOptions& options,
                                                          const config::Settings& settings) {
  if (!options.days) outbox(options.database)->require_not_moved();
  return app::verify(*outbox(options.database), options, settings);
}

std::vector<report::Finding> CommandServices::check(const cli::CheckOptions& options,
                                                    const config::Settings& settings) {
  return check_all(*outbox(options.database), options, settings);
}

}  // namespace keitaro_outbox::app
