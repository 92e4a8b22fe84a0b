#include "cli/flags/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <sstream>
#include <string_view>
#include <utility>

#include "cli/flags/bulk_flags.hpp"
#include "cli/flags/delivery_flags.hpp"
#include "cli/flags/flags.hpp"
#include "cli/flags/help_formatter.hpp"
#include "cli/flags/help_texts.hpp"
#include "cli/flags/row_flags.hpp"
#include "cli/flags/usage_words.hpp"
#include "cli/terminal/styled.hpp"
#include "config/option_values.hpp"
#include "core/text/ascii.hpp"
#include "core/text/printable.hpp"
#include "keitaro_outbox/version.hpp"

namespace keitaro_outbox::cli {
namespace {

/// What the command line fills in while it is read.
struct Reading {
  std::string database;
  std::optional<std::string> config;
  bool json = false;
  ColorChoice color = ColorChoice::automatic;
  Verb verb;
};

void set_config(Verb& verb, const std::string& path) {
  std::visit(
      [&](auto& args) {
        if constexpr (requires { args.overrides; }) args.overrides.config_path = path;
        if constexpr (requires { args.choice; }) args.choice.overrides.config_path = path;
      },
      verb);
}

bool uses_database(const Verb& verb) {
  return !std::holds_alternative<LinkBuild>(verb) && !std::holds_alternative<LinkParse>(verb) &&
         !std::holds_alternative<SourceKey>(verb) && !std::holds_alternative<SourceUrl>(verb);
}

constexpr bool kUsesConfig = true;

/// The reader of one command line: builds the flags of every verb over one Reading.
class Grammar {
 public:
  Grammar() : app_("Delivers conversion postbacks from an outbox in SQLite to Keitaro.", "keitaro-outbox") {
    app_.set_version_flag("-v,--version", std::string("keitaro-outbox ") + kVersion);
    app_.footer(
        "Each command tells more with --help, as in: keitaro-outbox run --help\n"
        "The manual is `man keitaro-outbox`; guides are in /usr/share/doc/keitaro-outbox, README.md first.");
    app_.require_subcommand(0, 1);
    app_.formatter(std::make_shared<HelpFormatter>());
    app_.get_formatter()->label("SUBCOMMAND", "COMMAND");
    app_.get_formatter()->label("OPTIONS", "FLAGS");
    app_.get_formatter()->column_width(34);
    add_place_flags(app_, true);
    add_init();
    add_run();
    add_drain();
    add_add();
    add_import();
    add_export();
    add_status();
    add_list();
    add_show();
    add_verb_of_row<Explain>("explain");
    add_verb_of_row<Preview>("preview");
    add_retry_cancel(RetryCancel::What::retry);
    add_retry_cancel(RetryCancel::What::cancel);
    add_pause(Pause::What::pause);
    add_pause(Pause::What::resume);
    add_prune();
    add_check();
    add_verify();
    add_intake();
    add_page();
    add_rejects();
    add_move();
    add_source();
    add_link();
  }

  Parsed read(std::vector<std::string> arguments, const config::Environment& environment);

 private:
  void add_place_flags(CLI::App& app, bool uses_config, bool uses_database = true) {
    flag(app, "--db", "FILE", "the application's SQLite file (or KEITARO_OUTBOX_DB)",
         [this](const std::string& v) { reading_.database = v; })
        ->group(uses_database ? "Options" : "");
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

  void add_color_flag(CLI::App& app) {
    flag(app, "--color", "WHEN", "auto, always or never (auto)",
         [this](const std::string& v) { reading_.color = color_choice(v); });
  }

  void add_init();
  void add_run();
  void add_drain();
  void add_add();
  void add_import();
  void add_export();
  void add_status();
  void add_list();
  void add_show();
  template <typename Args>
  void add_verb_of_row(std::string_view name);
  void add_retry_cancel(RetryCancel::What what);
  void add_pause(Pause::What what);
  void add_prune();
  void add_check();
  void add_verify();
  void add_intake();
  void add_page();
  void add_rejects();
  void add_move();
  void add_source();
  void add_link();
  CLI::App& add_group(std::string_view name, const std::string& verbs);
  template <typename Args>
  CLI::App& add_to_group(CLI::App& group, const HelpText& help, const std::shared_ptr<Args>& args,
                         bool uses_config);

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
  add_delivery_flags(sub, args.overrides);
}

void Grammar::add_drain() {
  auto [sub, args] = verb<Drain>("drain", kUsesConfig);
  flag(sub, "--timeout", "TIME", "give up after so long (never)",
       [&a = args](const std::string& v) { a.timeout = config::duration_value(v, config::kAnyDuration); });
  add_resume_flag(sub, args.resume_restored);
  add_json_flag(sub);
  add_delivery_flags(sub, args.overrides);
}

void Grammar::add_add() {
  auto [sub, args] = verb<Add>("add");
  add_add_flags(sub, args);
  add_json_flag(sub);
}

void Grammar::add_status() {
  auto [sub, args] = verb<Status>("status", kUsesConfig);
  add_to_flag(sub, args.overrides);
  add_status_flags(sub, args);
  add_json_flag(sub);
  add_color_flag(sub);
}

void Grammar::add_list() {
  auto [sub, args] = verb<List>("list", kUsesConfig);
  add_list_flags(sub, args);
  add_json_flag(sub);
  add_color_flag(sub);
}

void Grammar::add_show() {
  auto [sub, args] = verb<Show>("show", kUsesConfig);
  sub.add_option("SUBID", args.subid, "the click id")->required();
  flag(sub, "--tracker", "NAME", "of one tracker", [&a = args](const std::string& v) { a.tracker = v; });
  add_force_flag(sub, args.choice);
  add_json_flag(sub);
}

/// `explain` and `preview`.
template <typename Args>
void Grammar::add_verb_of_row(std::string_view name) {
  auto [sub, args] = verb<Args>(name, kUsesConfig);
  flag(sub, "ID", "ID", "the row's id", [&a = args](const std::string& v) {
    if (!std::ranges::all_of(v, core::ascii::is_digit)) {
      const std::string shown = core::cut_to_width(core::printable(v), 40);
      throw config::ValueError("write a row's id, a whole number; if " + shown +
                               " is a click, `keitaro-outbox show " + shown + "` lists its rows");
    }
    a.id = config::count_value(v, kIds);
  })->required();
  add_to_flag(sub, args.overrides);
  add_json_flag(sub);
  if constexpr (std::is_same_v<Args, Explain>) add_color_flag(sub);
}

void Grammar::add_import() {
  auto [sub, args] = verb<Import>("import");
  add_import_flags(sub, args);
  add_json_flag(sub);
}

void Grammar::add_export() {
  auto [sub, args] = verb<Export>("export", kUsesConfig);
  add_export_flags(sub, args);
  add_json_flag(sub);
}

void Grammar::add_retry_cancel(RetryCancel::What what) {
  auto [sub, args] = verb<RetryCancel>(what == RetryCancel::What::retry ? "retry" : "cancel", kUsesConfig);
  args.what = what;
  add_retry_cancel_flags(sub, args);
  add_json_flag(sub);
}

void Grammar::add_prune() {
  auto [sub, args] = verb<Prune>("prune", kUsesConfig);
  add_prune_flags(sub, args);
  add_json_flag(sub);
}

void Grammar::add_move() {
  auto [sub, args] = verb<Move>("move");
  add_move_flags(sub, args);
  add_json_flag(sub);
}

void Grammar::add_pause(Pause::What what) {
  auto [sub, args] = verb<Pause>(what == Pause::What::pause ? "pause" : "resume", kUsesConfig);
  args.what = what;
  sub.add_option("TRACKER", args.tracker, "its name in the configuration")->required();
  add_force_flag(sub, args.choice);
  add_json_flag(sub);
}

void Grammar::add_check() {
  auto [sub, args] = verb<Check>("check", kUsesConfig);
  add_check_flags(sub, args);
  add_json_flag(sub);
}

void Grammar::add_verify() {
  auto [sub, args] = verb<Verify>("verify", kUsesConfig);
  add_verify_flags(sub, args);
  add_json_flag(sub);
}

/// A verb that is followed by another, as in `link build`.
CLI::App& Grammar::add_group(std::string_view name, const std::string& verbs) {
  const HelpText& text = *std::ranges::find(kHelpTexts, name, &HelpText::verb);
  CLI::App& group = *app_.add_subcommand(std::string(text.verb), std::string(text.summary));
  group.footer(std::string(text.more));
  group.group("Commands");
  group.require_subcommand(0, 1);
  const auto formatter = std::make_shared<HelpFormatter>();
  formatter->label("SUBCOMMAND", verbs);
  formatter->label("OPTIONS", "FLAGS");
  formatter->column_width(34);
  group.formatter(formatter);
  return group;
}

template <typename Args>
CLI::App& Grammar::add_to_group(CLI::App& group, const HelpText& help, const std::shared_ptr<Args>& args,
                                bool uses_config) {
  CLI::App& sub = *group.add_subcommand(std::string(help.verb), std::string(help.summary));
  sub.footer(std::string(help.more));
  sub.group("Commands");
  sub.callback([this, args] { reading_.verb = *args; });
  add_place_flags(sub, uses_config, false);
  add_json_flag(sub);
  return sub;
}

void Grammar::add_intake() {
  auto [sub, args] = verb<Intake>("intake", kUsesConfig);
  add_intake_flags(sub, args.overrides);
}

void Grammar::add_page() {
  auto [sub, args] = verb<ServePage>("page", kUsesConfig);
  add_page_verb_flags(sub, args.overrides);
}

void Grammar::add_rejects() {
  auto [sub, args] = verb<IntakeRejects>("rejects", kUsesConfig);
  CLI::Option* const replay = sub.add_flag(
      "--replay", args.replay, "read them again by the configuration of now, and make rows of them");
  sub.add_flag("--dismiss", args.dismiss, "nothing is to be kept of them: they are counted no more")
      ->excludes(replay);
  repeated_flag(sub, "--id", "N", "one request; may be repeated (all)",
                [&a = args](const std::string& v) { a.ids.push_back(config::count_value(v, kIds)); });
  flag(sub, "--limit", "N", "of the newest that are shown (20)", [&a = args](const std::string& v) {
    a.limit = config::count_value(v, {0, 1'000'000});
  });
  add_json_flag(sub);
  add_color_flag(sub);
}

void Grammar::add_source() {
  CLI::App& source = add_group("source", "key|url");
  add_to_group(source, kSourceHelpTexts[0], std::make_shared<SourceKey>(), false);
  const auto url = std::make_shared<SourceUrl>();
  CLI::App& url_app = add_to_group(source, kSourceHelpTexts[1], url, kUsesConfig);
  url_app.add_option("NAME", url->name, "the source's name in the configuration")->required();
  url_app.add_flag("--altercpa", url->altercpa, "the five templates of AlterCPA TOP");
}

void Grammar::add_link() {
  CLI::App& link = add_group("link", "build|parse");
  const auto build = std::make_shared<LinkBuild>();
  CLI::App& build_app = add_to_group(link, kLinkHelpTexts[0], build, false);
  flag(build_app, "--bot", "NAME", "the bot's name (required)",
       [build](const std::string& v) { build->bot = v; });
  flag(build_app, "--campaign", "CODE", "the campaign code (required)",
       [build](const std::string& v) { build->campaign = v; });
  flag(build_app, "--click", "ID", "a click id in place of {subid}",
       [build](const std::string& v) { build->click = v; });

  const auto parse = std::make_shared<LinkParse>();
  CLI::App& parse_app = add_to_group(link, kLinkHelpTexts[1], parse, false);
  parse_app.add_option("TEXT", parse->text, "a link, or what stands behind start=")->required();
  flag(parse_app, "--campaign", "CODE", "the code to split behind (at the first -)",
       [parse](const std::string& v) { parse->campaign = v; });
}

/// `help`, `help VERB` and `version`, as other programs have them.
void take_words_for_flags(std::vector<std::string>& arguments) {
  if (arguments.empty()) return;
  if (arguments.size() == 1 && arguments[0] == "version") arguments[0] = "--version";
  if (arguments[0] != "help") return;
  arguments.erase(arguments.begin());
  // What is no verb is told as such.
  const bool is_verb =
      !arguments.empty() && std::ranges::find(kHelpTexts, arguments[0], &HelpText::verb) != kHelpTexts.end();
  if (arguments.empty() || is_verb) arguments.emplace_back("--help");
}

Parsed Grammar::read(std::vector<std::string> arguments, const config::Environment& environment) {
  take_words_for_flags(arguments);
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
    throw UsageError(core::printable(error.what()) + see_help(named_verb(app_)));
  }
  if (app_.get_subcommands().empty()) {
    throw UsageError(
        "name a command: init, run, drain, add, import, export, status, list, show, explain, preview, retry, "
        "cancel, pause, resume, prune, check, verify, intake, page, rejects, move, source or link" +
        see_help(nullptr));
  }
  const CLI::App* const verb = named_verb(app_);
  if (verb->get_name() == "source")
    throw UsageError("source: write source key or source url" + see_help(verb));
  if (verb->get_name() == "link") throw UsageError("link: write link build or link parse" + see_help(verb));
  if (reading_.database.empty()) reading_.database = environment("KEITARO_OUTBOX_DB").value_or("");
  if (reading_.database.empty() && uses_database(reading_.verb))
    throw UsageError("name the database: add --db FILE, or set KEITARO_OUTBOX_DB");
  if (reading_.config) set_config(reading_.verb, *reading_.config);
  return {Command{std::move(reading_.database), reading_.json, reading_.color, std::move(reading_.verb)}, {}};
}

}  // namespace

Parsed parse_command_line(const std::vector<std::string>& arguments, const config::Environment& environment) {
  return Grammar().read(arguments, environment);
}

}  // namespace keitaro_outbox::cli
