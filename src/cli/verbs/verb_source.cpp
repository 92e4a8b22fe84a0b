// The verbs `source key` and `source url`.
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

#include "cli/execute.hpp"
#include "config/load_settings.hpp"
#include "core/text/ascii.hpp"
#include "core/text/joined.hpp"
#include "core/text/printable.hpp"
#include "report/row_json.hpp"

namespace keitaro_outbox::cli {
namespace {

constexpr std::size_t kKeyLength = 32;
constexpr std::string_view kKeyCharacters = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kPlaceholder = "https://HOST";

/// AlterCPA TOP's events, each with a template of its own there.
constexpr std::array<std::string_view, 5> kEvents{"wait", "hold", "approve", "cancel", "trash"};
constexpr std::array<std::string_view, 9> kMacros{"click",      "status",   "campaign", "user", "lead",
                                                  "subscriber", "username", "chat",     "time"};

std::string random_key() {
  std::string key;
  while (key.size() < kKeyLength) {
    std::array<unsigned char, 64> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
      if (errno == EINTR) continue;
      throw std::runtime_error("the system gives no random numbers");
    }
    for (const unsigned char byte : bytes) {
      // Each character as likely as any other.
      if (byte >= 256 / kKeyCharacters.size() * kKeyCharacters.size()) continue;
      if (key.size() < kKeyLength) key += kKeyCharacters[byte % kKeyCharacters.size()];
    }
  }
  return key;
}

const intake::Source& source_named(const std::string& name, const config::Settings& settings) {
  for (const intake::Source& source : settings.sources) {
    if (source.name == name) return source;
  }
  if (settings.sources.empty()) throw UsageError("source url: the configuration has no [[source]]");
  throw UsageError("source url: the configuration has no source '" + core::printable(name) + "': it has " +
                   core::joined(settings.sources, [](const intake::Source& s) { return s.name; }));
}

/// What the sender calls one of our parameters.
std::string their_name(const intake::Source& source, const std::string& ours) {
  const auto renamed =
      std::ranges::find_if(source.parameters, [&](const auto& entry) { return entry.second == ours; });
  return renamed == source.parameters.end() ? ours : renamed->first;
}

/// A query, parameter by parameter; a name that is there already is not added again.
class Query {
 public:
  void add(const std::string& name, const std::string& value) {
    if (std::ranges::find(names_, name) != names_.end()) return;
    names_.push_back(name);
    text_ += (text_.empty() ? "?" : "&") + name + "=" + value;
  }
  const std::string& text() const { return text_; }

 private:
  std::vector<std::string> names_;
  std::string text_;
};

std::string in_braces(std::string_view name) {
  return "{" + std::string(name) + "}";
}

std::vector<std::string> event_names(const intake::Source& source) {
  return source.event_id ? source.event_id->names() : std::vector<std::string>();
}

std::string query_for_anyone(const intake::Source& source) {
  Query query;
  for (const char* ours : {"subid", "status", "tid", "payout", "currency"}) {
    const std::string theirs = their_name(source, ours);
    query.add(theirs, in_braces(theirs));
  }
  for (const std::string& name : event_names(source)) query.add(name, in_braces(name));
  return query.text();
}

std::string query_for_altercpa(const intake::Source& source, std::string_view event) {
  Query query;
  query.add(their_name(source, "subid"), "{click}");
  query.add(their_name(source, "status"), std::string(event));
  query.add(their_name(source, "tid"), "{lead}");
  query.add(their_name(source, "campaign"), "{campaign}");
  for (const std::string& name : event_names(source)) {
    if (std::ranges::find(kMacros, name) != kMacros.end()) query.add(name, in_braces(name));
  }
  return query.text();
}

}  // namespace

ExitCode execute(const SourceKey& /*args*/, const Command& command, const Surroundings& around) {
  const std::string key = random_key();
  if (command.json) {
    report::print_json(around.out, {{"key", key}});
  } else {
    around.out << key << '\n';
  }
  return kDone;
}

ExitCode execute(const SourceUrl& args, const Command& command, const Surroundings& around) {
  const config::Settings settings = config::load_settings(args.overrides, around.environment);
  config::require_intake(settings);
  const intake::Source& source = source_named(args.name, settings);
  const std::string& address = settings.intake->public_url;
  const std::string begin =
      (address.empty() ? std::string(kPlaceholder) : address) + "/" + source.key + "/postback";
  const bool altercpa = args.altercpa || core::ascii::lower(source.name).starts_with("altercpa");
  if (command.json) {
    report::Json json{{"source", source.name}, {"url", begin + query_for_anyone(source)}};
    if (altercpa) {
      for (const std::string_view event : kEvents)
        json["templates"][std::string(event)] = begin + query_for_altercpa(source, event);
    }
    report::print_json(around.out, json);
  } else if (altercpa) {
    for (const std::string_view event : kEvents) {
      around.out << event << std::string(9 - event.size(), ' ') << begin << query_for_altercpa(source, event)
                 << '\n';
    }
  } else {
    around.out << begin << query_for_anyone(source) << '\n';
  }
  if (!address.empty()) return kDone;
  around.out.flush();
  around.err
      << "keitaro-outbox: write your own host for HOST, or public_url = \"https://…\" under [intake]\n";
  return kDone;
}

}  // namespace keitaro_outbox::cli
