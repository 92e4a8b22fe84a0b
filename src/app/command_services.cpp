#include "app/command_services.hpp"

#include "app/backend/sqlite_outbox.hpp"
#include "app/check/check.hpp"
#include "app/deliver.hpp"
#include "sqlite/base/memory_statistics.hpp"

namespace keitaro_outbox::app {

CommandServices::CommandServices() {
  sqlite::forgo_memory_statistics();
}

std::unique_ptr<ports::Outbox> CommandServices::outbox(const std::string& database) {
  return sqlite_outbox(database);
}

cli::Delivery CommandServices::deliver(const cli::DeliverOptions& options, const config::Settings& settings,
                                       log::Log& log) {
  return app::deliver(options, settings, log);
}

std::vector<report::Finding> CommandServices::check(const cli::CheckOptions& options,
                                                    const config::Settings& settings) {
  return check_all(*outbox(options.database), options, settings);
}

}  // namespace keitaro_outbox::app
