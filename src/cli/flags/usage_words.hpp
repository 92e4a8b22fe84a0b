#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace keitaro_outbox::cli {

/// The verb that was named, `link build` being one; nullptr for none.
const CLI::App* named_verb(const CLI::App& app);

/// The end of a usage error: where to read on. nullptr for no verb.
std::string see_help(const CLI::App* verb);

/// The one line for arguments that no flag or verb takes.
std::string unexpected(const CLI::App& app, const std::vector<std::string>& extras);

}  // namespace keitaro_outbox::cli
