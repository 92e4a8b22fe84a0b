#pragma once

#include <string>
#include <string_view>

#include "config/environment.hpp"
#include "config/settings.hpp"

namespace keitaro_outbox::config {

/// What a configuration file says.
struct ConfigFile {
  Settings settings;
  bool literal_key = false;  ///< A postback key stands in the file itself, not in the environment.
};

/// Reads the text of a configuration file (TOML). `file` is its name, for messages, which read `FILE:LINE:
/// …`. Unknown keys, values out of range, trackers that share a name and variables that are not set are
/// errors. Throws ConfigError.
ConfigFile parse_config(std::string_view text, const std::string& file, const Environment& environment);

/// `text` with each `${NAME}` replaced by the variable's value, or where it is not set by the content of the
/// file NAME in $CREDENTIALS_DIRECTORY (systemd's LoadCredential=). Throws ConfigError when one is malformed,
/// not set or empty; the message names the variable and no value.
std::string fill_from_environment(std::string_view text, const Environment& environment);

}  // namespace keitaro_outbox::config
