#include "config/environment.hpp"

#include <cstdlib>

namespace keitaro_outbox::config {

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

}  // namespace keitaro_outbox::config
