#include "cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <sstream>
#include <string_view>
#include <utility>

#include "app/nearest.hpp"
#include "app/option_values.hpp"
#include "app/printable.hpp"
#include "cli/help_texts.hpp"
#include "keitaro_outbox/version.hpp"

namespace keitaro_outbox::cli {
namespace {

/// What the command line fills in while it is read.
struct Reading {
  std::string database;
  std::optional<std::string> config;
  bool json = false;
  Verb verb;
};

/// An option whose value `take` reads. A value that it does not like is told with the flag's name.
CLI::Option* flag(CLI::App& app, const std::string& name, const std::string& value_name,
                  const std::string& help, std::function<void(const std::string&)> take) {
  return app
      .add_option_function<std::string>(
          name,
          [name, take = std::move(take)](const std::string& value) {
            try {
              take(value);
            } catch (const app::ValueError& error) {
              throw UsageError(name + ": " + error.what());
            }
          },
          help)
      ->type_name(value_name);
}

/// The end of a usage error: where to read on.
std::string see_help(const CLI::App* verb) {
  return " (see keitaro-outbox " + (verb ? verb->get_name() + " " : std::string()) + "--help)";
}

void set_config(Verb& verb, const std::string& path) {
  std::visit(
      [&](auto& args) {
        if constexpr (requires { args.overrides; }) args.overrides.config_path = path;
      },
      verb);
}

core::State state_value(const std::string& text) {
  const auto state = core::state_named(text);
  if (!state) throw app::ValueError("write pending, delivered, duplicate, refused, dead or cancelled");
  return *state;
}

constexpr bool kUsesConfig = true;

constexpr app::CountRange kIds{1, INT64_MAX - 1};

void add_tracker_flags(CLI::App& app, app::Overrides& overrides) {
  app::TrackerOptions& tracker = overrides.tracker;
  app.add_flag_callback(
      "--allow-private", [&tracker] { tracker.allow_private = true; },
      "allow loopback, private and link-local addresses");
  flag(app, "--request-timeout", "TIME", "for one request, connecting included (10s)",
       [&](const std::string& v) { tracker.request_timeout = app::duration_value(v, app::kRequestTimeout); });
  flag(app, "--concurrency", "N", "requests in flight (64)", [&](const std::string& v) {
    tracker.concurrency = static_cast<int>(app::count_value(v, app::kConcurrency));
  });
  flag(app, "--rate", "N", "requests a second, 0 for no limit (0)",
       [&](const std::string& v) { tracker.rate = app::rate_value(v); });
  flag(app, "--max-attempts", "N", "after so many failures a row is dead (20)", [&](const std::string& v) {
    tracker.max_attempts = static_cast<int>(app::count_value(v, app::kMaxAttempts));
  });
  flag(app, "--retry-first-delay", "TIME", "pause after the first failure (1s)", [&](const std::string& v) {
    tracker.retry_first_delay = app::duration_value(v, app::kRetryFirstDelay);
  });
  flag(app, "--retry-max-delay", "TIME", "longest pause between two tries (1h)",
       [&](const std::string& v) { tracker.retry_max_delay = app::duration_value(v, app::kRetryMaxDelay); });
}

void add_process_flags(CLI::App& app, app::Overrides& overrides) {
  flag(app, "--grace", "TIME", "what requests in flight get at a stop (10s)",
       [&](const std::string& v) { overrides.grace = app::duration_value(v, app::kGrace); });
  flag(app, "--senders", "N", "threads that send (1)", [&](const std::string& v) {
    overrides.senders = static_cast<int>(app::count_value(v, app::kSenders));
  });
  flag(app, "--log-level", "LEVEL", "debug, info, warn or error (info)",
       [&](const std::string& v) { overrides.log_level = app::log_level_value(v); });
  flag(app, "--log-format", "FORMAT", "text or json, to stderr (text)",
       [&](const std::string& v) { overrides.log_format = app::log_format_value(v); });
}

/// A decision of the moment, so that there is no key of this name: it would accept whatever comes.
void add_resume_flag(CLI::App& app, bool& resume_restored) {
  app.add_flag("--resume-restored", resume_restored,
               "go on with a database that was restored from an older copy");
}

void add_to_flag(CLI::App& app, app::Overrides& overrides) {
  flag(app, "--to", "URL", "postback URL of the tracker `default` (or KEITARO_POSTBACK_URL)",
       [&](const std::string& v) { overrides.to = v; });
}

/// The reader of one command line: builds the flags of every verb over one Reading.
class Grammar {
 public:
  Grammar() : app_("Delivers conversion postbacks from an outbox in SQLite to Keitaro.", "keitaro-outbox") {
    app_.set_version_flag("--version", std::string("keitaro-outbox ") + kVersion);
    app_.footer("Each command tells more with --help, as in: keitaro-outbox run --help");
    app_.require_subcommand(0, 1);
    app_.get_formatter()->label("SUBCOMMAND", "COMMAND");
    app_.get_formatter()->label("OPTIONS", "FLAGS");
    app_.get_formatter()->column_width(34);
    add_place_flags(app_, true);
    add_init();
    add_run();
    add_drain();
    add_add();
    add_status();
    add_list();
    add_show();
    add_preview();
    add_mend(Mend::What::retry);
    add_mend(Mend::What::cancel);
    add_check();
  }

  Parsed read(std::vector<std::string> arguments, const app::Environment& environment);

 private:
  void add_place_flags(CLI::App& app, bool uses_config) {
    flag(app, "--db", "FILE", "the application's SQLite file (or KEITARO_OUTBOX_DB)",
         [this](const std::string& v) { reading_.database = v; });
    // Taken by every verb, so that a script can pass it always; shown where it matters.
    flag(app, "--config", "FILE", "the configuration, TOML (or KEITARO_OUTBOX_CONFIG)",
         [this](const std::string& v) { reading_.config = v; })
        ->group(uses_config ? "Options" : "");
  }

  /// A verb with the flags that all have. The arguments are kept until the command line is read, then become
  /// the command's verb.
  template <typename Args>
  std::pair<CLI::App&, Args&> verb(std::string_view name, bool uses_config = false) {
    const HelpText& text = *std::ranges::find(kHelpTexts, name, &HelpText::verb);
    CLI::App& sub = *app_.add_subcommand(std::string(name), std::string(text.summary));
    auto args = std::make_shared<Args>();
    sub.footer(std::string(text.more));
    sub.group("Commands");
    sub.callback([this, args] { reading_.verb = *args; });
    add_place_flags(sub, uses_config);
    return {sub, *args};
  }

  void add_json_flag(CLI::App& app) {
    app.add_flag_callback(
        "--json", [this] { reading_.json = true; }, "print JSON");
  }

  void add_init();
  void add_run();
  void add_drain();
  void add_add();
  void add_status();
  void add_list();
  void add_show();
  void add_preview();
  void add_mend(Mend::What what);
  void add_check();

  CLI::App app_;
  Reading reading_;
};

void Grammar::add_init() {
  auto [sub, args] = verb<Init>("init");
  add_json_flag(sub);
}

void Grammar::add_run() {
  auto [sub, args] = verb<Run>("run", kUsesConfig);
  add_resume_flag(sub, args.resume_restored);
  add_to_flag(sub, args.overrides);
  add_tracker_flags(sub, args.overrides);
  add_process_flags(sub, args.overrides);
}

void Grammar::add_drain() {
  auto [sub, args] = verb<Drain>("drain", kUsesConfig);
  flag(sub, "--timeout", "TIME", "give up after so long (never)",
       [&a = args](const std::string& v) { a.timeout = app::duration_value(v, app::kAnyDuration); });
  add_resume_flag(sub, args.resume_restored);
  add_json_flag(sub);
  add_to_flag(sub, args.overrides);
  add_tracker_flags(sub, args.overrides);
  add_process_flags(sub, args.overrides);
}

void Grammar::add_add() {
  auto [sub, args] = verb<Add>("add");
  Conversion& conversion = args.conversion;
  const auto text = [&sub = sub](const std::string& name, const std::string& value_name,
                                 const std::string& help, std::string& target) {
    return flag(sub, name, value_name, help, [&target](const std::string& v) { target = v; });
  };
  text("--subid", "TEXT", "Keitaro's click id (required)", conversion.subid);
  text("--status", "NAME", "lead, sale, rejected, rebill, wait, hold, approve, cancel, trash (required)",
       conversion.status);
  text("--tid", "TEXT", "transaction id", conversion.tid);
  text("--payout", "AMOUNT", "such as 12.5", conversion.payout);
  text("--cost", "AMOUNT", "the same, for cost models", conversion.cost);
  text("--currency", "CODE", "three letters", conversion.currency);
  text("--campaign", "CODE", "campaign code", conversion.campaign);
  text("--tracker", "NAME", "the destination (default)", conversion.tracker);
  sub.add_option("--param", args.params, "a further parameter, name=value; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  text("--params", "JSON", "further parameters as an object", conversion.params);
  text("--event-id", "TEXT", "adds the same event only once", conversion.event_id);
  auto* due = flag(sub, "--due-at", "MS", "not before this time, Unix milliseconds",
                   [&conversion](const std::string& v) {
                     conversion.due_at = app::count_value(v, {0, INT64_MAX - 1});
                   });
  flag(sub, "--in", "TIME", "not before so long from now, such as 10m", [&a = args](const std::string& v) {
    a.in = app::duration_value(v, app::kAnyDuration);
  })->excludes(due);
  add_json_flag(sub);
}

void Grammar::add_status() {
  auto [sub, args] = verb<Status>("status", kUsesConfig);
  add_to_flag(sub, args.overrides);
  add_json_flag(sub);
}

void Grammar::add_list() {
  auto [sub, args] = verb<List>("list");
  List& list = args;
  flag(sub, "--state", "STATE", "pending, delivered, duplicate, refused, dead or cancelled",
       [&list](const std::string& v) { list.state = state_value(v); });
  flag(sub, "--tracker", "NAME", "of one tracker", [&list](const std::string& v) { list.tracker = v; });
  flag(sub, "--limit", "N", "at most so many (50)", [&list](const std::string& v) {
    list.limit = app::count_value(v, {1, 1'000'000});
  });
  flag(sub, "--since", "ID", "rows after this id, oldest first", [&list](const std::string& v) {
    list.since = app::count_value(v, {0, INT64_MAX - 1});
  });
  add_json_flag(sub);
}

void Grammar::add_show() {
  auto [sub, args] = verb<Show>("show");
  sub.add_option("SUBID", args.subid, "the click id")->required();
  flag(sub, "--tracker", "NAME", "of one tracker", [&a = args](const std::string& v) { a.tracker = v; });
  add_json_flag(sub);
}

void Grammar::add_preview() {
  auto [sub, args] = verb<Preview>("preview", kUsesConfig);
  flag(sub, "ID", "ID", "the row's id", [&a = args](const std::string& v) {
    a.id = app::count_value(v, kIds);
  })->required();
  add_to_flag(sub, args.overrides);
  add_json_flag(sub);
}

void Grammar::add_mend(Mend::What what) {
  const bool retry = what == Mend::What::retry;
  auto [sub, args] = verb<Mend>(retry ? "retry" : "cancel");
  Mend& mend = args;
  mend.what = what;
  sub.add_option_function<std::vector<std::string>>(
         "--id",
         [&mend](const std::vector<std::string>& values) {
           for (const std::string& value : values) {
             try {
               mend.ids.push_back(app::count_value(value, kIds));
             } catch (const app::ValueError& error) {
               throw UsageError(std::string("--id: ") + error.what());
             }
           }
         },
         "one row; may be repeated")
      ->type_name("N")
      ->allow_extra_args(false);
  flag(sub, "--state", "STATE",
       retry ? "rows in this state" : "pending, the only state that can be cancelled",
       [&mend](const std::string& v) { mend.state = state_value(v); });
  flag(sub, "--tracker", "NAME", "rows of one tracker", [&mend](const std::string& v) { mend.tracker = v; });
  flag(sub, "--older-than", "TIME", "finished, or still pending and created, longer ago than this",
       [&mend](const std::string& v) { mend.older_than = app::duration_value(v, app::kAnyDuration); });
  add_json_flag(sub);
}

void Grammar::add_check() {
  auto [sub, args] = verb<Check>("check", kUsesConfig);
  add_to_flag(sub, args.overrides);
  sub.add_flag("--offline", args.offline, "leave the network out");
  sub.add_flag_callback(
      "--allow-private", [&tracker = args.overrides.tracker] { tracker.allow_private = true; },
      "allow loopback, private and link-local addresses");
  flag(sub, "--request-timeout", "TIME", "for the test request (10s)", [&a = args](const std::string& v) {
    a.overrides.tracker.request_timeout = app::duration_value(v, app::kRequestTimeout);
  });
  add_json_flag(sub);
}

/// The one line for arguments that no flag or verb takes.
std::string unexpected(const CLI::App& app, const std::vector<std::string>& extras) {
  const std::string written = extras.empty() ? std::string() : extras.front();
  const std::string shown = "'" + app::cut_to_width(app::printable(written), 40) + "'";
  const auto subs = app.get_subcommands();
  const bool is_flag = written.starts_with("-");
  if (subs.empty() && !is_flag) {
    std::vector<std::string_view> verbs;
    std::ranges::transform(kHelpTexts, std::back_inserter(verbs), &HelpText::verb);
    const auto near = app::nearest(written, verbs);
    return "no command " + shown + (near ? ": did you mean '" + std::string(*near) + "'?" : std::string()) +
           see_help(nullptr);
  }
  const CLI::App* sub = subs.empty() ? nullptr : subs.front();
  if (!is_flag) return "unexpected argument " + shown + see_help(sub);
  std::vector<std::string> names;
  for (const CLI::Option* option : (sub ? *sub : app).get_options()) {
    if (!option->get_lnames().empty()) names.push_back("--" + option->get_lnames().front());
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::string name = written.substr(0, written.find('='));
  const auto near = app::nearest(name, known);
  return "no flag '" + app::cut_to_width(app::printable(name), 40) + "'" +
         (near ? ": did you mean '" + std::string(*near) + "'?" : std::string()) + see_help(sub);
}

Parsed Grammar::read(std::vector<std::string> arguments, const app::Environment& environment) {
  std::ranges::reverse(arguments);  // As CLI11 takes them.
  try {
    app_.parse(std::move(arguments));
  } catch (const CLI::Success& asked_for_text) {
    std::ostringstream text;
    app_.exit(asked_for_text, text, text);
    return {std::nullopt, text.str()};
  } catch (const CLI::ExtrasError&) {
    throw UsageError(unexpected(app_, app_.remaining(true)));
  } catch (const CLI::ParseError& error) {
    const auto subs = app_.get_subcommands();
    throw UsageError(app::printable(error.what()) + see_help(subs.empty() ? nullptr : subs.front()));
  }
  if (app_.get_subcommands().empty()) {
    throw UsageError(
        "name a command: init, run, drain, add, status, list, show, preview, retry, cancel or check" +
        see_help(nullptr));
  }
  if (reading_.database.empty()) reading_.database = environment("KEITARO_OUTBOX_DB").value_or("");
  if (reading_.database.empty())
    throw UsageError("name the database: add --db FILE, or set KEITARO_OUTBOX_DB");
  if (reading_.config) set_config(reading_.verb, *reading_.config);
  return {Command{std::move(reading_.database), reading_.json, std::move(reading_.verb)}, {}};
}

}  // namespace

Parsed parse_command_line(const std::vector<std::string>& arguments, const app::Environment& environment) {
  return Grammar().read(arguments, environment);
}

}  // namespace keitaro_outbox::cli
