#pragma once

#include "cli/command.hpp"

namespace CLI {
class App;
}

namespace keitaro_outbox::cli {

// The flags of the verbs that write rows one by one, and of those that show them. `app` and the struct must
// live until the command line is read.
void add_add_flags(CLI::App& app, Add& add);
void add_status_flags(CLI::App& app, Status& status);
void add_list_flags(CLI::App& app, List& list);

}  // namespace keitaro_outbox::cli
