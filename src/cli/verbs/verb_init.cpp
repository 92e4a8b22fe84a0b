#include "cli/execute.hpp"
#include "core/text/printable.hpp"
#include "report/row_json.hpp"

namespace keitaro_outbox::cli {

ExitCode execute(const Init&, const Command& command, const Surroundings& around) {
  const ports::MigrationReport migration = around.services.outbox(command.database)->install();
  if (command.json) {
    report::print_json(
        around.out,
        {{"database", command.database}, {"from_version", migration.from}, {"version", migration.to}});
    return kDone;
  }
  around.out << core::printable(command.database) << ": ";
  if (migration.from == migration.to) {
    around.out << "nothing to do, the outbox is there (schema version " << migration.to << ")\n";
  } else if (migration.from == 0) {
    around.out << "the outbox is ready (schema version " << migration.to << ")\n";
  } else {
    around.out << "migrated from schema version " << migration.from << " to " << migration.to << '\n';
  }
  return kDone;
}

}  // namespace keitaro_outbox::cli
