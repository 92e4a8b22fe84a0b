#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "config/config_file.hpp"
#include "core/text/ascii.hpp"

namespace keitaro_outbox::config {
namespace {

bool is_variable_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::ranges::all_of(name, fits);
}

/// What systemd hands a service beside its environment: a file for each credential, which no other process
/// can see.
std::optional<std::string> credential(const std::string& name, const Environment& environment) {
  const auto folder = environment("CREDENTIALS_DIRECTORY");
  if (!folder) return std::nullopt;
  const std::filesystem::path path = std::filesystem::path(*folder) / name;
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string value((std::istreambuf_iterator<char>(file)), {});
  return value;
}

std::string value_of(const std::string& name, const Environment& environment) {
  auto value = environment(name);
  if (!value) value = credential(name, environment);
  if (!value)
    throw ConfigError("the environment variable " + name + " is not set: set it, or write the value");
  // What a shell reads from a file, or a panel's field, often ends in one.
  while (value->ends_with('\n') || value->ends_with('\r')) value->pop_back();
  if (value->empty())
    throw ConfigError("the environment variable " + name + " is set to nothing: give it a value");
  const bool blank_ends = core::ascii::trim(*value).size() != value->size();
  if (blank_ends || value->find_first_of("\r\n") != std::string::npos) {
    throw ConfigError("the environment variable " + name +
                      " holds a line end, or a blank at its start or end: look at how it is set");
  }
  return *value;
}

}  // namespace

std::string fill_from_environment(std::string_view text, const Environment& environment) {
  std::string out;
  for (;;) {
    const std::size_t start = text.find("${");
    out += text.substr(0, start);
    if (start == std::string_view::npos) return out;
    const std::size_t end = text.find('}', start);
    const std::string name(text.substr(start + 2, end == std::string_view::npos ? end : end - start - 2));
    if (end == std::string_view::npos || !is_variable_name(name)) {
      throw ConfigError("write a variable as ${NAME}, with letters, digits and _ in its name");
    }
    out += value_of(name, environment);
    text.remove_prefix(end + 1);
  }
}

}  // namespace keitaro_outbox::config
