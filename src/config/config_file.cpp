#include "config/config_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <functional>
#include <vector>

#include "config/config_entry.hpp"
#include "config/config_intake.hpp"
#include "config/config_read_back.hpp"
#include "config/config_templates.hpp"
#include "config/option_values.hpp"
#include "core/text/ascii.hpp"
#include "core/text/printable.hpp"
#include "core/url/pasted_url.hpp"

namespace keitaro_outbox::config {
namespace {

std::string belongs_outside_tracker(std::string_view key);

void read_name(const Entry& entry, delivery::TrackerSpec& spec) {
  const std::string name = entry.text();
  const bool plain = !name.empty() && core::display_width(name) <= 64 && core::printable(name) == name;
  if (!plain || name.find("://") != std::string::npos)
    entry.reject("write a short name, such as \"default\"");
  spec.rules.name = name;
}

core::PostbackUrl filled_url(const Entry& entry, const std::string& written) {
  std::string filled;
  try {
    filled = fill_from_environment(written, entry.context().environment);
  } catch (const ConfigError& error) {
    entry.reject(error.what());
  }
  auto parsed = core::PostbackUrl::parse(filled);
  if (!parsed.url) entry.reject(parsed.error);
  return std::move(*parsed.url);
}

void read_url(const Entry& entry, delivery::TrackerSpec& spec) {
  const std::string written = entry.text();
  spec.rules.url = filled_url(entry, written);
  if (const std::string mistake = core::mistake_in_tracker_url(spec.rules.url.text()); !mistake.empty())
    entry.reject(core::printable(mistake));
  const bool literal = written.find("${") == std::string::npos;
  entry.context().literal_key = entry.context().literal_key || (literal && spec.rules.url.has_key());
}

void read_style(const Entry& entry, delivery::TrackerSpec& spec) {
  const std::string style = entry.text();
  if (style != "mapped" && style != "raw") entry.reject("write \"mapped\" or \"raw\"");
  spec.rules.style = style == "raw" ? core::Style::raw : core::Style::mapped;
}

void read_transitions(const Entry& entry, delivery::TrackerSpec& spec) {
  for (const std::string& text : entry.texts("[\"rejected->sale\"]")) {
    const auto move = core::parse_move(text);
    if (!move) entry.reject("write each move as \"rejected->sale\", between lead, sale, rejected and rebill");
    spec.rules.transitions.allow(*move);
  }
}

void read_statuses(const Entry& entry, delivery::TrackerSpec& spec) {
  read_status_map(entry, "{ paid = \"sale\" }", [&](std::string_view name, core::Status status, bool known) {
    return known || spec.rules.statuses.set(name, status);
  });
}

void read_sentinel(const Entry& entry, delivery::TrackerSpec& spec) {
  const std::string sentinel = entry.text();
  if (core::printable(sentinel) != sentinel || core::display_width(sentinel) > 100) {
    entry.reject("write a short text that the tracker is to answer with, such as \"OK\", or \"\" for none");
  }
  spec.rules.sentinel = sentinel;
  // A template is sent as it was pasted, unless the file asks for more.
  spec.rules.template_sentinel = sentinel;
}

void read_click_dashes(const Entry& entry, delivery::TrackerSpec& spec) {
  const std::string dashes = entry.text();
  if (dashes != "keep" && dashes != "to-dots") entry.reject("write \"keep\" or \"to-dots\"");
  spec.rules.click_dashes = dashes == "to-dots" ? core::ClickDashes::to_dots : core::ClickDashes::keep;
}

std::vector<WrittenTemplate> read_templates(const Entry& entry) {
  std::vector<WrittenTemplate> templates;
  for (const auto& [status, node] :
       entry.table("wait = \"https://HOST/KEY/postback?subid={click}&status=lead\"")) {
    const auto* url = node.as_string();
    const std::string shown = shown_key(status.str());
    if (url == nullptr) {
      fail(entry.context(), status.source(),
           "templates: " + shown + ": write a URL in quotes, or \"\" to send nothing");
    }
    templates.push_back(
        {place_of(entry.context(), status.source()), std::string(status.str()), shown, url->get()});
  }
  return templates;
}

constexpr std::array<Key<delivery::TrackerSpec>, 21> kTrackerKeys{{
    {"name", read_name},
    {"url", read_url},
    {"request_timeout",
     [](const Entry& e, delivery::TrackerSpec& t) { t.request_timeout = e.duration(kRequestTimeout); }},
    {"concurrency", [](const Entry& e, delivery::TrackerSpec& t) { t.concurrency = e.count(kConcurrency); }},
    {"allow_private", [](const Entry& e, delivery::TrackerSpec& t) { t.allow_private = e.boolean(); }},
    {"retry_first_delay",
     [](const Entry& e, delivery::TrackerSpec& t) { t.retry.first_delay = e.duration(kRetryFirstDelay); }},
    {"retry_max_delay",
     [](const Entry& e, delivery::TrackerSpec& t) { t.retry.max_delay = e.duration(kRetryMaxDelay); }},
    {"max_attempts",
     [](const Entry& e, delivery::TrackerSpec& t) { t.retry.max_attempts = e.count(kMaxAttempts); }},
    {"rate", [](const Entry& e, delivery::TrackerSpec& t) { t.rate = e.rate(); }},
    {"style", read_style},
    {"allow_transitions", read_transitions},
    {"statuses", read_statuses},
    {"sentinel", read_sentinel},
    {"click_dashes", read_click_dashes},
    {"admin_url", read_admin_url},
    {"admin_key", read_admin_key},
    {"admin_rate", read_admin_rate},
    {"verify_after", read_verify_after},
    {"verify_again", read_verify_again},
    {"currency", read_currency},
    // Read when all else is known, the statuses above all.
    {"templates", [](const Entry&, delivery::TrackerSpec&) {}},
}};

void read_tracker(Context& context, const toml::node& node, Settings& settings) {
  const toml::table* table = node.as_table();
  if (table == nullptr) fail(context, node.source(), "tracker: write each tracker as [[tracker]]");
  delivery::TrackerSpec spec;
  read_table(context, *table, kTrackerKeys, spec, belongs_outside_tracker);
  if (const auto found = table->find("templates"); found != table->end()) {
    const auto templates = read_templates(Entry(context, found->first, found->second));
    if (add_templates(templates, {}, "templates", context.environment, spec)) context.literal_key = true;
  }
  if (!table->contains("url") && spec.rules.templates.own().empty()) {
    fail(context, table->source(),
         "the tracker '" + spec.rules.name + "' has no url: add url = \"https://HOST/${KEY}/postback\"");
  }
  if (const std::string wrong = settle_read_back(spec); !wrong.empty()) fail(context, table->source(), wrong);
  const auto same_name = [&](const delivery::TrackerSpec& other) {
    return other.rules.name == spec.rules.name;
  };
  if (std::ranges::any_of(settings.trackers, same_name)) {
    fail(context, table->source(),
         "a second tracker is named '" + spec.rules.name + "': give each a name of its own");
  }
  settings.trackers.push_back(std::move(spec));
}

void read_trackers(const Entry& entry, Settings& settings) {
  // A file for one tracker may say [tracker], or just [tracker.templates].
  if (entry.node().is_table()) return read_tracker(entry.context(), entry.node(), settings);
  const toml::array* trackers = entry.node().as_array();
  if (trackers == nullptr) entry.reject("write [[tracker]], in two brackets");
  for (const toml::node& node : *trackers) read_tracker(entry.context(), node, settings);
}

constexpr std::array<Key<WrittenCampaign>, 2> kCampaignKeys{{
    {"tracker", [](const Entry& e, WrittenCampaign& c) { c.tracker = e.text(); }},
    {"templates", [](const Entry& e, WrittenCampaign& c) { c.templates = read_templates(e); }},
}};

std::vector<WrittenCampaign> read_campaigns(const Entry& entry) {
  const std::string example = "[campaign.CODE.templates]";
  std::vector<WrittenCampaign> campaigns;
  for (const auto& [code, node] : entry.table(example)) {
    Context& context = entry.context();
    const std::string shown = shown_key(code.str());
    if (!node.is_table()) fail(context, code.source(), "campaign " + shown + ": write " + example);
    if (code.str().empty()) fail(context, code.source(), "a campaign's code is empty: write " + example);
    WrittenCampaign campaign{place_of(context, code.source()), std::string(code.str()), shown, {}, {}};
    read_table(context, *node.as_table(), kCampaignKeys, campaign,
               [](std::string_view) { return std::string(); });
    campaigns.push_back(std::move(campaign));
  }
  return campaigns;
}

void read_page_password(const Entry& entry, Settings& settings) {
  std::string password;
  try {
    password = fill_from_environment(entry.text(), entry.context().environment);
  } catch (const ConfigError& error) {
    entry.reject(error.what());
  }
  constexpr std::size_t kShortest = 8;
  if (password.size() < kShortest || core::printable(password) != password)
    entry.reject("write at least 8 characters, or ${NAME} for a variable that has them");
  entry.context().literal_key = entry.context().literal_key || entry.text().find("${") == std::string::npos;
  settings.page.password = std::move(password);
}

void read_page_hosts(const Entry& entry, Settings& settings) {
  const std::string example = "[\"outbox.example.com\"]";
  for (const std::string& host : entry.texts(example)) {
    const auto fits = [](char c) {
      return core::ascii::is_letter(c) || core::ascii::is_digit(c) || c == '.' || c == '-' || c == '_';
    };
    if (host.empty() || !std::ranges::all_of(host, fits))
      entry.reject("write names without scheme and port, such as " + example);
    settings.page.hosts.push_back(core::ascii::lower(host));
  }
}

constexpr std::array<Key<Settings>, 19> kTopKeys{{
    {"tracker", read_trackers},
    {"intake", read_intake},
    {"source", read_sources},
    // Read when the trackers are known.
    {"campaign", [](const Entry&, Settings&) {}},
    {"log_level",
     [](const Entry& e, Settings& s) { s.log_level = e.checked([&] { return log_level_value(e.text()); }); }},
    {"log_format", [](const Entry& e,
                      Settings& s) { s.log_format = e.checked([&] { return log_format_value(e.text()); }); }},
    {"grace", [](const Entry& e, Settings& s) { s.grace = e.duration(kGrace); }},
    {"senders", [](const Entry& e, Settings& s) { s.senders = e.count(kSenders); }},
    {"wake", [](const Entry& e, Settings& s) { s.wake = e.checked([&] { return wake_value(e.text()); }); }},
    {"keep_finished", [](const Entry& e, Settings& s) { s.keep.finished = e.duration(kKeep); }},
    {"keep_attempts", [](const Entry& e, Settings& s) { s.keep.attempts = e.duration(kKeep); }},
    {"keep_conversions", [](const Entry& e, Settings& s) { s.keep.conversions = e.duration(kKeep); }},
    {"keep_rejects", [](const Entry& e, Settings& s) { s.keep.rejects = e.duration(kKeep); }},
    {"listen",
     [](const Entry& e, Settings& s) { s.listen = e.checked([&] { return listen_value(e.text()); }); }},
    {"page",
     [](const Entry& e, Settings& s) { s.page.mode = e.checked([&] { return page_mode_value(e.text()); }); }},
    {"page_password", read_page_password},
    {"page_hosts", read_page_hosts},
    {"heartbeat", [](const Entry& e, Settings& s) { s.heartbeat = filled_url(e, e.text()); }},
    {"heartbeat_interval",
     [](const Entry& e, Settings& s) { s.heartbeat_interval = e.duration(kHeartbeatInterval); }},
}};

std::string belongs_below_top(std::string_view key) {
  const bool known =
      std::ranges::find(kTrackerKeys, key, &Key<delivery::TrackerSpec>::name) != kTrackerKeys.end();
  if (known) return "under [[tracker]]: write that line above it";
  if (is_key_of_source(key)) return "under [[source]]: write that line above it";
  return is_key_of_intake(key) ? "under [intake]: write that line above it" : "";
}

std::string belongs_outside_tracker(std::string_view key) {
  const bool known = std::ranges::find(kTopKeys, key, &Key<Settings>::name) != kTopKeys.end();
  return known ? "at the top of the file, above the first [[tracker]]" : "";
}

/// What to do about a line that TOML cannot read, where it is a text without quotes, as `url = https://…`;
/// else empty.
std::string unquoted_text_hint(std::string_view text, std::size_t line_number) {
  for (; line_number > 1 && !text.empty(); --line_number)
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  const std::string_view line = text.substr(0, text.find('\n'));
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos) return {};
  const std::string_view value = core::ascii::trim(line.substr(equals + 1));
  if (value.starts_with("http://") || value.starts_with("https://"))
    return "put the URL in quotes, as in url = \"https://HOST/KEY/postback\"";
  const bool is_word = !value.empty() && (core::ascii::is_letter(value[0]) || value[0] == '$');
  return is_word && !value.starts_with("true") && !value.starts_with("false") ? "put the text in quotes" : "";
}

/// Puts `***` where `message` repeats a part of a URL that stands in `text`: the TOML reader quotes what it
/// stumbles over.
std::string without_url_parts(std::string message, std::string_view text) {
  constexpr std::string_view kEnds = " \t\r\n\"'<>";
  for (std::size_t at = text.find("://"); at != std::string_view::npos; at = text.find("://", at + 3)) {
    std::string_view rest = text.substr(at + 3, text.find_first_of(kEnds, at) - at - 3);
    while (!rest.empty()) {
      const std::string part(rest.substr(0, rest.find_first_of("/?&=@")));
      rest.remove_prefix(std::min(rest.size(), part.size() + 1));
      if (part.size() < 3 || part == "postback") continue;
      for (std::size_t i = message.find(part); i != std::string::npos; i = message.find(part, i + 3)) {
        message.replace(i, part.size(), "***");
      }
    }
  }
  return message;
}

}  // namespace

ConfigFile parse_config(std::string_view text, const std::string& file, const Environment& environment) {
  Context context{file, environment};
  toml::table table;
  try {
    table = toml::parse(text);
  } catch (const toml::parse_error& error) {
    if (const std::string hint = unquoted_text_hint(text, error.source().begin.line); !hint.empty())
      fail(context, error.source(), hint);
    fail(context, error.source(), without_url_parts(core::printable(error.description()), text));
  }
  ConfigFile config;
  read_table(context, table, kTopKeys, config.settings, belongs_below_top);
  if (const auto found = table.find("campaign"); found != table.end()) {
    const auto campaigns = read_campaigns(Entry(context, found->first, found->second));
    if (add_campaigns(campaigns, environment, config.settings.trackers)) context.literal_key = true;
  }
  config.literal_key = context.literal_key;
  return config;
}

}  // namespace keitaro_outbox::config
