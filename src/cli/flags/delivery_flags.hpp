#pragma once

#include "cli/command.hpp"

namespace CLI {
class App;
}

namespace keitaro_outbox::cli {

// The flags of the verbs that make requests. `app` and what is filled in must live until the command line is
// read.
void add_delivery_flags(CLI::App& app, config::Overrides& overrides);  ///< Of trackers, and of the process.
/// Those of `intake`: of the process alone, without a tracker's.
void add_intake_flags(CLI::App& app, config::Overrides& overrides);
void add_page_verb_flags(CLI::App& app, config::Overrides& overrides);  ///< Those of `page`.
void add_resume_flag(CLI::App& app, bool& resume_restored);
void add_to_flag(CLI::App& app, config::Overrides& overrides);  ///< For verbs that need no more of a tracker.
void add_check_flags(CLI::App& app, Check& check);

}  // namespace keitaro_outbox::cli
