#include "app/log_changes.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "core/text/joined.hpp"

namespace keitaro_outbox::app {

void log_changes(const config::ConfigChanges& changes, const config::Settings& settings, log::Log& log) {
  const std::string added = core::joined(changes.added);
  const std::string removed = core::joined(changes.removed);
  const std::string changed = core::joined(changes.changed);
  const std::string needs_restart = core::joined(changes.needs_restart);
  std::vector<log::LogField> fields;
  const auto add = [&](std::string_view key, const std::string& names) {
    if (!names.empty()) fields.push_back({key, std::string_view(names)});
  };
  add("added", added);
  add("removed", removed);
  add("changed", changed);
  if (changes.sources) fields.push_back({"sources", "changed"});
  if (changes.log_level) fields.push_back({"log_level", log::name_of(settings.log_level)});
  add("needs_restart", needs_restart);
  if (fields.empty()) fields.push_back({"reason", "nothing has changed"});
  log.write(changes.needs_restart.empty() ? config::LogLevel::info : config::LogLevel::warn, "reloaded",
            fields);
}

}  // namespace keitaro_outbox::app
