#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "cli/execute.hpp"
#include "core/text/database_name.hpp"
#include "core/text/printable.hpp"
#include "ports/outbox_store.hpp"
#include "report/row_json.hpp"

namespace keitaro_outbox::cli {

namespace {

/// SQLite says of all of these that it cannot open the file, and advice to run `init` helps nobody here.
void require_folder(const std::string& database) {
  std::error_code ignored;
  if (std::filesystem::exists(database, ignored)) return;
  const std::filesystem::path parent = std::filesystem::path(database).parent_path();
  const std::filesystem::path folder = parent.empty() ? std::filesystem::path(".") : parent;
  const auto fail = [&](const std::string& what) {
    throw ports::StoreError(ports::StoreError::Kind::other, database + " cannot be made: " + what);
  };
  if (!std::filesystem::exists(folder, ignored))
    fail("there is no folder " + folder.string() + ": make it, or check the path");
  if (!std::filesystem::is_directory(folder, ignored))
    fail(folder.string() + " is no folder: check the path");
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    fail("this user may not write into the folder " + folder.string() + ": run it as the folder's owner");
}

}  // namespace

ExitCode execute(const Init&, const Command& command, const Surroundings& around) {
  const std::string shown = core::shown_database(command.database);
  if (!core::is_postgresql_address(command.database)) require_folder(command.database);
  const ports::MigrationReport migration = around.services.outbox(command.database)->install();
  if (command.json) {
    report::print_json(around.out,
                       {{"database", shown}, {"from_version", migration.from}, {"version", migration.to}});
    return kDone;
  }
  around.out << core::printable(shown) << ": ";
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
