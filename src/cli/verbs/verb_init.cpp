#include "cli/execute.hpp"
#include "cli/row_json.hpp"
#include "core/text/printable.hpp"
#include "sqlite/base/connection.hpp"
#include "sqlite/schema/migrator.hpp"

namespace keitaro_outbox::cli {

ExitCode execute(const Init&, const Command& command, const Surroundings& around) {
  sqlite::Connection connection(command.database, {.create = true});
  const sqlite::MigrationReport report = sqlite::migrate(connection.handle());
  if (command.json) {
    print_json(around.out,
               {{"database", command.database}, {"from_version", report.from}, {"version", report.to}});
    return kDone;
  }
  around.out << core::printable(command.database) << ": ";
  if (report.from == report.to) {
    around.out << "nothing to do, the outbox is there (schema version " << report.to << ")\n";
  } else if (report.from == 0) {
    around.out << "the outbox is ready (schema version " << report.to << ")\n";
  } else {
    around.out << "migrated from schema version " << report.from << " to " << report.to << '\n';
  }
  return kDone;
}

}  // namespace keitaro_outbox::cli
