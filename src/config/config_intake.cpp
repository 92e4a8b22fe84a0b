#include "config/config_intake.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "config/config_entry.hpp"
#include "config/config_file.hpp"
#include "core/rules/status.hpp"
#include "core/text/ascii.hpp"
#include "core/text/printable.hpp"

namespace keitaro_outbox::config {

namespace {

namespace ascii = core::ascii;

/// Shorter keys can be guessed by who may try for long.
constexpr std::size_t kShortKey = 16;

bool is_key_character(char c) {
  return ascii::is_letter(c) || ascii::is_digit(c) || c == '-' || c == '_' || c == '.' || c == '~';
}

std::string filled(const Entry& entry) {
  return entry.checked([&] {
    try {
      return fill_from_environment(entry.text(), entry.context().environment);
    } catch (const ConfigError& error) {
      throw ValueError(error.what());
    }
  });
}

std::vector<core::IpNetwork> networks(const Entry& entry, const std::string& example) {
  std::vector<core::IpNetwork> out;
  for (const std::string& text : entry.texts(example)) {
    const auto network = core::IpNetwork::parse(text);
    if (!network) {
      entry.reject(shown_key(text) + " is no address: write addresses or networks, such as " + example);
    }
    out.push_back(*network);
  }
  return out;
}

void read_public_url(const Entry& entry, IntakeSettings& intake) {
  std::string url = filled(entry);
  while (url.ends_with('/')) url.pop_back();
  const std::size_t scheme = url.find("://");
  const bool http = url.starts_with("https://") || url.starts_with("http://");
  const std::string_view host = http ? std::string_view(url).substr(scheme + 3) : std::string_view();
  if (host.empty() || host.find_first_of("/?#@ ") != std::string_view::npos || core::printable(url) != url) {
    entry.reject(
        "write the address that senders reach the front door by, such as \"https://postback.example.com\"");
  }
  intake.public_url = std::move(url);
}

constexpr std::array<Key<IntakeSettings>, 4> kIntakeKeys{{
    {"listen",
     [](const Entry& e, IntakeSettings& i) { i.listen = e.checked([&] { return listen_value(e.text()); }); }},
    {"trusted_proxies",
     [](const Entry& e, IntakeSettings& i) {
       i.trusted_proxies = networks(e, "[\"127.0.0.1\", \"10.0.0.0/8\"]");
     }},
    {"spool", [](const Entry& e, IntakeSettings& i) { i.spool = e.boolean(); }},
    {"public_url", read_public_url},
}};

void read_name(const Entry& entry, intake::Source& source) {
  const std::string name = entry.text();
  const bool plain = !name.empty() && core::display_width(name) <= 64 && core::printable(name) == name;
  if (!plain || name.find(':') != std::string::npos)
    entry.reject("write a short name without a colon, such as \"altercpa\"");
  source.name = name;
}

void read_key(const Entry& entry, intake::Source& source) {
  std::string key = filled(entry);
  if (key.empty() || !std::ranges::all_of(key, is_key_character)) {
    entry.reject(
        "write letters, digits and - _ . ~ only: `keitaro-outbox source key` makes a key of 32 characters");
  }
  if (entry.text().find("${") == std::string::npos) entry.context().literal_key = true;
  source.key = std::move(key);
}

void read_parameters(const Entry& entry, intake::Source& source) {
  const std::string example = "{ click = \"subid\", lead = \"tid\" }";
  for (const auto& [name, node] : entry.table(example)) {
    const auto* ours = node.as_string();
    if (ours == nullptr || name.str().empty()) {
      fail(entry.context(), name.source(),
           "parameters: write the sender's names and ours, such as " + example);
    }
    source.parameters[std::string(name.str())] = ours->get();
  }
}

void read_source_statuses(const Entry& entry, intake::Source& source) {
  read_status_map(entry, "{ paid = \"sale\", 2 = \"lead\" }",
                  [&](std::string_view name, core::Status status, bool known) {
                    core::StatusMap judge;
                    if (!known && !judge.set(name, status)) return false;
                    source.statuses[core::normalized_status(name)] = status;
                    return true;
                  });
}

void read_event_id(const Entry& entry, intake::Source& source) {
  source.event_id = intake::EventIdTemplate::parse(entry.text());
  if (!source.event_id) {
    entry.reject("write the sender's parameters in braces, such as \"{lead}:{status}:{time}\"");
  }
}

void read_rejected_answer(const Entry& entry, intake::Source& source) {
  const auto* value = entry.node().as_integer();
  if (value == nullptr || (value->get() != 422 && value->get() != 200)) {
    entry.reject("write 422, or 200 for a sender that gives up at a 4xx");
  }
  source.rejected_answer = static_cast<int>(value->get());
}

intake::Signing& signing_of(intake::Source& source) {
  if (!source.signing) source.signing.emplace();
  return *source.signing;
}

void read_secret(const Entry& entry, intake::Source& source) {
  std::string secret = filled(entry);
  if (secret.empty())
    entry.reject("write the secret that the sender signs with, such as \"${NETWORK_SECRET}\"");
  if (entry.text().find("${") == std::string::npos) entry.context().literal_key = true;
  signing_of(source).secret = std::move(secret);
}

void read_signature_header(const Entry& entry, intake::Source& source) {
  std::string header = entry.text();
  const auto fits = [](char c) { return ascii::is_letter(c) || ascii::is_digit(c) || c == '-'; };
  if (header.empty() || !std::ranges::all_of(header, fits))
    entry.reject("write the name of a header, such as \"X-Signature\"");
  signing_of(source).header = std::move(header);
}

void read_signature_of(const Entry& entry, intake::Source& source) {
  const std::string of = entry.text();
  if (of != "body" && of != "query")
    entry.reject("write \"body\" or \"query\": what the signature is made of");
  signing_of(source).of = of == "body" ? intake::Signing::Of::body : intake::Signing::Of::query;
}

void read_signature_form(const Entry& entry, intake::Source& source) {
  const std::string form = entry.text();
  if (form != "hex" && form != "base64") entry.reject("write \"hex\" or \"base64\"");
  signing_of(source).form = form == "hex" ? intake::Signing::Form::hex : intake::Signing::Form::base64;
}

void read_tracker_name(const Entry& entry, intake::Source& source) {
  source.tracker = entry.text();
  if (source.tracker.empty()) entry.reject("write the name of a tracker, such as \"default\"");
}

void read_allow(const Entry& entry, intake::Source& source) {
  const std::string example = "[\"203.0.113.0/24\"]";
  source.allow = networks(entry, example);
  if (source.allow.empty())
    entry.reject("an empty list would let nobody in: write addresses, such as " + example +
                 ", or leave it out to let all in");
}

constexpr std::array<Key<intake::Source>, 14> kSourceKeys{{
    {"name", read_name},
    {"key", read_key},
    {"tracker", read_tracker_name},
    {"campaign", [](const Entry& e, intake::Source& s) { s.campaign = e.text(); }},
    {"parameters", read_parameters},
    {"statuses", read_source_statuses},
    {"event_id", read_event_id},
    {"rejected_answer", read_rejected_answer},
    {"allow", read_allow},
    {"rate", [](const Entry& e, intake::Source& s) { s.rate = e.rate(); }},
    {"secret", read_secret},
    {"signature_header", read_signature_header},
    {"signature_of", read_signature_of},
    {"signature_form", read_signature_form},
}};

void read_source(Context& context, const toml::node& node, Settings& settings) {
  const toml::table* table = node.as_table();
  if (table == nullptr) fail(context, node.source(), "source: write each source as [[source]]");
  intake::Source source;
  read_table(context, *table, kSourceKeys, source, [](std::string_view name) {
    return std::string(is_key_of_intake(name) ? "under [intake]" : "");
  });
  if (source.name.empty())
    fail(context, table->source(), "a source has no name: add name = \"altercpa\", as an example");
  const std::string named = "the source '" + source.name + "'";
  if (source.key.empty()) {
    fail(context, table->source(),
         named + " has no key: add key = \"${KEY}\"; `keitaro-outbox source key` makes one");
  }
  if (source.signing && source.signing->secret.empty())
    fail(context, table->source(), named + " has no secret for its signature: add secret = \"${SECRET}\"");
  for (const intake::Source& other : settings.sources) {
    if (other.name == source.name) {
      fail(context, table->source(),
           "a second source is named '" + source.name + "': give each a name of its own");
    }
    if (other.key == source.key) {
      fail(context, table->source(),
           named + " has the key of '" + other.name + "': give each a key of its own");
    }
  }
  settings.sources.push_back(std::move(source));
}

}  // namespace

void read_intake(const Entry& entry, Settings& settings) {
  settings.intake.emplace();
  read_table(
      entry.context(), entry.table("[intake]"), kIntakeKeys, *settings.intake,
      [](std::string_view name) { return std::string(is_key_of_source(name) ? "under a [[source]]" : ""); });
}

void read_sources(const Entry& entry, Settings& settings) {
  if (entry.node().is_table()) return read_source(entry.context(), entry.node(), settings);
  const toml::array* sources = entry.node().as_array();
  if (sources == nullptr) entry.reject("write [[source]], in two brackets");
  for (const toml::node& node : *sources) read_source(entry.context(), node, settings);
}

bool is_key_of_intake(std::string_view key) {
  return std::ranges::find(kIntakeKeys, key, &Key<IntakeSettings>::name) != kIntakeKeys.end();
}

bool is_key_of_source(std::string_view key) {
  return std::ranges::find(kSourceKeys, key, &Key<intake::Source>::name) != kSourceKeys.end();
}

void check_intake(Settings& settings) {
  if (!settings.intake && settings.sources.empty()) return;
  const auto warn = [&](std::string text) { settings.warnings.push_back(std::move(text)); };
  if (!settings.intake) {
    warn("there is a [[source]] and no [intake]: the front door stays shut");
    return;
  }
  if (settings.sources.empty()) {
    throw ConfigError(
        "[intake] has no [[source]], so that nobody could call: add one with name and key "
        "(`keitaro-outbox source key` makes a key)");
  }
  for (const intake::Source& source : settings.sources) {
    if (source.key.size() < kShortKey) {
      warn("the key of the source " + source.name + " has " + std::to_string(source.key.size()) +
           " characters and could be guessed: `keitaro-outbox source key` makes one of 32");
    }
    const auto is_its = [&](const delivery::TrackerSpec& spec) { return spec.rules.name == source.tracker; };
    if (std::ranges::none_of(settings.trackers, is_its)) {
      warn("the source " + source.name + " is for the tracker " + core::printable(source.tracker) +
           ", which the configuration lacks: its rows wait until there is a [[tracker]] of this name");
    }
  }
}

}  // namespace keitaro_outbox::config
