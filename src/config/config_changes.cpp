#include "config/config_changes.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/text/joined.hpp"

namespace keitaro_outbox::config {
namespace {

template <typename Target>
struct Setting {
  std::string_view key;
  bool (*same)(const Target&, const Target&);
};

using Spec = delivery::TrackerSpec;

using ReadBack = core::ReadBackSpec;
using Policy = core::ReadBackPolicy;

template <typename Field>
bool same_in_read_back(const Spec& a, const Spec& b, Field field) {
  return a.read_back.value_or(ReadBack{}).*field == b.read_back.value_or(ReadBack{}).*field;
}

template <typename Field>
bool same_in_policy(const Spec& a, const Spec& b, Field field) {
  return a.read_back.value_or(ReadBack{}).policy.*field == b.read_back.value_or(ReadBack{}).policy.*field;
}

// Every key of a tracker in the file but its name.
constexpr std::array<Setting<Spec>, 21> kOfTracker{{
    {"url", [](const Spec& a, const Spec& b) { return a.rules.url.text() == b.rules.url.text(); }},
    {"request_timeout", [](const Spec& a, const Spec& b) { return a.request_timeout == b.request_timeout; }},
    {"concurrency", [](const Spec& a, const Spec& b) { return a.concurrency == b.concurrency; }},
    {"allow_private", [](const Spec& a, const Spec& b) { return a.allow_private == b.allow_private; }},
    {"retry_first_delay",
     [](const Spec& a, const Spec& b) { return a.retry.first_delay == b.retry.first_delay; }},
    {"retry_max_delay", [](const Spec& a, const Spec& b) { return a.retry.max_delay == b.retry.max_delay; }},
    {"max_attempts",
     [](const Spec& a, const Spec& b) { return a.retry.max_attempts == b.retry.max_attempts; }},
    {"rate", [](const Spec& a, const Spec& b) { return a.rate == b.rate; }},
    {"style", [](const Spec& a, const Spec& b) { return a.rules.style == b.rules.style; }},
    {"allow_transitions",
     [](const Spec& a, const Spec& b) { return a.rules.transitions == b.rules.transitions; }},
    {"statuses", [](const Spec& a, const Spec& b) { return a.rules.statuses == b.rules.statuses; }},
    {"sentinel", [](const Spec& a, const Spec& b) { return a.rules.sentinel == b.rules.sentinel; }},
    {"click_dashes",
     [](const Spec& a, const Spec& b) { return a.rules.click_dashes == b.rules.click_dashes; }},
    {"templates",
     [](const Spec& a, const Spec& b) { return a.rules.templates.own() == b.rules.templates.own(); }},
    {"admin_url", [](const Spec& a, const Spec& b) { return same_in_read_back(a, b, &ReadBack::admin_url); }},
    {"admin_key", [](const Spec& a, const Spec& b) { return same_in_read_back(a, b, &ReadBack::admin_key); }},
    {"admin_rate", [](const Spec& a, const Spec& b) { return same_in_read_back(a, b, &ReadBack::rate); }},
    {"verify_after",
     [](const Spec& a, const Spec& b) { return same_in_policy(a, b, &Policy::verify_after); }},
    {"verify_again",
     [](const Spec& a, const Spec& b) { return same_in_policy(a, b, &Policy::verify_again); }},
    {"currency", [](const Spec& a, const Spec& b) { return same_in_policy(a, b, &Policy::currency); }},
    // Of the file, yet what it says is of the tracker's rows.
    {"campaign",
     [](const Spec& a, const Spec& b) {
       return a.rules.templates.campaigns() == b.rules.templates.campaigns();
     }},
}};

std::string heartbeat_of(const Settings& settings) {
  return settings.heartbeat ? settings.heartbeat->text() : std::string();
}

// Every key of the process but log_level, which changes at once.
constexpr std::array<Setting<Settings>, 15> kOfProcess{{
    {"log_format", [](const Settings& a, const Settings& b) { return a.log_format == b.log_format; }},
    {"grace", [](const Settings& a, const Settings& b) { return a.grace == b.grace; }},
    {"senders", [](const Settings& a, const Settings& b) { return a.senders == b.senders; }},
    {"wake", [](const Settings& a, const Settings& b) { return a.wake == b.wake; }},
    {"listen", [](const Settings& a, const Settings& b) { return a.listen == b.listen; }},
    {"page", [](const Settings& a, const Settings& b) { return a.page.mode == b.page.mode; }},
    {"page_password",
     [](const Settings& a, const Settings& b) { return a.page.password == b.page.password; }},
    {"page_hosts", [](const Settings& a, const Settings& b) { return a.page.hosts == b.page.hosts; }},
    {"heartbeat", [](const Settings& a, const Settings& b) { return heartbeat_of(a) == heartbeat_of(b); }},
    {"heartbeat_interval",
     [](const Settings& a, const Settings& b) { return a.heartbeat_interval == b.heartbeat_interval; }},
    {"keep_finished",
     [](const Settings& a, const Settings& b) { return a.keep.finished == b.keep.finished; }},
    {"keep_attempts",
     [](const Settings& a, const Settings& b) { return a.keep.attempts == b.keep.attempts; }},
    {"keep_conversions",
     [](const Settings& a, const Settings& b) { return a.keep.conversions == b.keep.conversions; }},
    {"keep_rejects", [](const Settings& a, const Settings& b) { return a.keep.rejects == b.keep.rejects; }},
    {"intake", [](const Settings& a, const Settings& b) { return a.intake == b.intake; }},
}};

const Spec* find(const Settings& settings, const std::string& name) {
  const auto found =
      std::ranges::find_if(settings.trackers, [&](const Spec& spec) { return spec.rules.name == name; });
  return found == settings.trackers.end() ? nullptr : &*found;
}

template <typename Target, std::size_t N>
std::vector<std::string> differing(const std::array<Setting<Target>, N>& settings, const Target& before,
                                   const Target& after) {
  std::vector<std::string> keys;
  for (const Setting<Target>& setting : settings) {
    if (!setting.same(before, after)) keys.emplace_back(setting.key);
  }
  return keys;
}

std::string in_brackets(const std::vector<std::string>& keys) {
  return "(" + core::joined(keys) + ")";
}

}  // namespace

bool ConfigChanges::any() const {
  return log_level || sources || !added.empty() || !removed.empty() || !changed.empty() ||
         !needs_restart.empty();
}

ConfigChanges changes_between(const Settings& before, const Settings& after) {
  ConfigChanges changes;
  for (const Spec& spec : before.trackers) {
    const std::string& name = spec.rules.name;
    const Spec* now = find(after, name);
    if (!now) {
      changes.removed.push_back(name);
    } else if (const auto keys = differing(kOfTracker, spec, *now); !keys.empty()) {
      changes.changed.push_back(name + " " + in_brackets(keys));
    }
  }
  for (const Spec& spec : after.trackers) {
    if (!find(before, spec.rules.name)) changes.added.push_back(spec.rules.name);
  }
  changes.log_level = before.log_level != after.log_level;
  changes.sources = before.sources != after.sources;
  changes.needs_restart = differing(kOfProcess, before, after);
  return changes;
}

}  // namespace keitaro_outbox::config
