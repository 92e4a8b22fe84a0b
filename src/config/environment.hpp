#pragma once

#include <functional>
#include <optional>
#include <string>

namespace keitaro_outbox::config {

/// The value of an environment variable, or nullopt when it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The environment of this process.
Environment process_environment();

}  // namespace keitaro_outbox::config
