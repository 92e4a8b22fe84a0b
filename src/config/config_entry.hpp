#pragma once

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "config/environment.hpp"
#include "config/nearest.hpp"
#include "config/option_values.hpp"
#include "config/settings.hpp"
#include "core/rules/status.hpp"
#include "core/text/printable.hpp"

// How the tables of a configuration file are read, key by key. For the readers of this folder alone.
namespace keitaro_outbox::config {

/// What the readers of single keys need beside the value.
struct Context {
  const std::string& file;
  const Environment& environment;
  bool literal_key = false;
};

inline std::string place_of(const Context& context, const toml::source_region& at) {
  return context.file + ":" + std::to_string(at.begin.line);
}

[[noreturn]] inline void fail(const Context& context, const toml::source_region& at,
                              const std::string& message) {
  throw ConfigError(place_of(context, at) + ": " + message);
}

/// One `key = value` of the file, read as the type that is wanted.
class Entry {
 public:
  Entry(Context& context, const toml::key& key, const toml::node& node)
      : context_(context), key_(key), node_(node) {}

  [[noreturn]] void reject(const std::string& message) const {
    fail(context_, key_.source(), std::string(key_.str()) + ": " + message);
  }

  /// The result of `read`, its ValueError told with the place and the key.
  template <typename Read>
  auto checked(Read read) const {
    try {
      return read();
    } catch (const ValueError& error) {
      reject(error.what());
    }
  }

  std::string text() const {
    const auto* value = node_.as_string();
    if (value == nullptr) reject("write a text in quotes");
    return value->get();
  }

  bool boolean() const {
    const auto* value = node_.as_boolean();
    if (value == nullptr) reject("write true or false");
    return value->get();
  }

  core::Millis duration(const DurationRange& range) const {
    if (!node_.is_string())
      reject("write a number and a unit in quotes, such as \"250ms\", \"10s\" or \"2h\"");
    return checked([&] { return duration_value(text(), range); });
  }

  int count(const CountRange& range) const {
    const auto* value = node_.as_integer();
    return static_cast<int>(
        checked([&] { return checked_count(value ? value->get() : range.least - 1, range); }));
  }

  double rate() const {
    const auto value = node_.is_number() ? node_.value<double>() : std::nullopt;
    return checked([&] { return checked_rate(value.value_or(-1)); });
  }

  const toml::table& table(const std::string& example) const {
    if (!node_.is_table()) reject("write a table, such as " + example);
    return *node_.as_table();
  }

  std::vector<std::string> texts(const std::string& example) const {
    std::vector<std::string> out;
    const auto* array = node_.as_array();
    if (array == nullptr) reject("write a list, such as " + example);
    for (const toml::node& element : *array) {
      if (!element.is_string()) reject("write a list of texts, such as " + example);
      out.push_back(element.as_string()->get());
    }
    return out;
  }

  Context& context() const { return context_; }
  const toml::key& key() const { return key_; }
  const toml::node& node() const { return node_; }

 private:
  Context& context_;
  const toml::key& key_;
  const toml::node& node_;
};

template <typename Target>
struct Key {
  std::string_view name;
  void (*read)(const Entry&, Target&);
};

/// A key as it is quoted in a message. What looks like a part of a URL might hold the postback key.
inline std::string shown_key(std::string_view key) {
  if (key.find('/') != std::string_view::npos) return "a URL";
  return "'" + core::cut_to_width(core::printable(key), 40) + "'";
}

/// Reads a table of further names for Keitaro's statuses. `take(name, status, known)` gives false for a name
/// that cannot be mapped; `known` is one of Keitaro's own names for itself, which says nothing new and does
/// no harm.
template <typename Take>
void read_status_map(const Entry& entry, const std::string& example, Take take) {
  for (const auto& [name, node] : entry.table(example)) {
    const auto* text = node.as_string();
    const auto status = text ? core::status_named(text->get()) : std::nullopt;
    const std::string shown = shown_key(name.str());
    if (!status) {
      fail(entry.context(), name.source(),
           "statuses: " + shown + " must be \"lead\", \"sale\", \"rejected\" or \"rebill\"");
    }
    const bool known = core::status_named(core::normalized_status(name.str())) == status;
    if (take(name.str(), *status, known)) continue;
    fail(entry.context(), name.source(),
         "statuses: " + shown +
             " cannot be mapped: lead, sale, rejected and rebill keep their meaning, and a name "
             "is not empty and holds no comma");
  }
}

/// Where a key belongs that a table does not have, as in `under [[tracker]]`; empty where nothing has it.
using BelongsElsewhere = std::string (*)(std::string_view key);

template <typename Target, std::size_t N>
void read_table(Context& context, const toml::table& table, const std::array<Key<Target>, N>& keys,
                Target& target, BelongsElsewhere belongs_elsewhere) {
  for (const auto& [key, node] : table) {
    const std::string_view name = key.str();
    const auto known = std::ranges::find(keys, name, &Key<Target>::name);
    if (known != keys.end()) {
      known->read(Entry(context, key, node), target);
      continue;
    }
    if (const std::string where = belongs_elsewhere(name); !where.empty())
      fail(context, key.source(), "'" + std::string(name) + "' belongs " + where);
    std::vector<std::string_view> names;
    std::ranges::transform(keys, std::back_inserter(names), &Key<Target>::name);
    std::string message = "unknown key " + shown_key(name);
    if (const auto near = nearest(name, names)) message += ": did you mean '" + std::string(*near) + "'?";
    fail(context, key.source(), message);
  }
}

}  // namespace keitaro_outbox::config
