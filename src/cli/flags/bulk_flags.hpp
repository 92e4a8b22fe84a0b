#pragma once

#include "cli/command.hpp"

namespace CLI {
class App;
}

namespace keitaro_outbox::cli {

// The flags of the verbs that work on many rows at once. `app` and the struct must live until the command
// line is read.
void add_import_flags(CLI::App& app, Import& args);
void add_export_flags(CLI::App& app, Export& args);
void add_verify_flags(CLI::App& app, Verify& args);
void add_retry_cancel_flags(CLI::App& app, RetryCancel& args);  ///< `args.what` is set already.
void add_prune_flags(CLI::App& app, Prune& args);
void add_move_flags(CLI::App& app, Move& args);

}  // namespace keitaro_outbox::cli
