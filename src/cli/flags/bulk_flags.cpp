#include "cli/flags/bulk_flags.hpp"

#include <CLI/CLI.hpp>

#include "cli/flags/flags.hpp"
#include "config/option_values.hpp"
#include "core/text/printable.hpp"
#include "files/import_column.hpp"

namespace keitaro_outbox::cli {
namespace {

files::ImportFormat import_format_value(const std::string& text) {
  if (text == "csv") return files::ImportFormat::csv;
  if (text == "jsonl") return files::ImportFormat::json_lines;
  throw config::ValueError("write csv or jsonl");
}

Export::Format export_format_value(const std::string& text) {
  if (text == "csv") return Export::Format::csv;
  if (text == "jsonl") return Export::Format::json_lines;
  if (text == "keitaro-import") return Export::Format::keitaro_import;
  throw config::ValueError("write csv, jsonl or keitaro-import");
}

core::State finished_state_value(const std::string& text) {
  const core::State state = state_value(text);
  if (state == core::State::pending) {
    throw config::ValueError("pending rows are still to be sent and never deleted: cancel them first");
  }
  return state;
}

core::Millis age_value(const std::string& text) {
  return config::duration_value(text, config::kAnyDuration);
}

/// `Click ID=subid`, `Date=-`: the last `=` divides.
void add_renamed(files::ImportOptions& options, const std::string& text) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos) throw config::ValueError("write NAME=COLUMN, such as 'Click ID=subid'");
  const std::string column = files::plain_column_name(std::string_view(text).substr(equals + 1));
  const files::ImportColumn* known = files::import_column(column);
  if (column != "-" && (known == nullptr || known->passed_over)) {
    throw config::ValueError("'" + core::cut_to_width(core::printable(column), 40) +
                             "' is no column to import: write one of " + files::import_column_names() +
                             ", or - to pass it over");
  }
  const std::string name = files::plain_column_name(std::string_view(text).substr(0, equals));
  if (!options.renamed.emplace(name, column).second)
    throw config::ValueError("'" + core::cut_to_width(core::printable(name), 40) + "' is named twice");
}

/// So that due times stay within some centuries.
constexpr double kSlowestRate = 0.001;

void add_dry_run_flag(CLI::App& app, bool& dry_run, const std::string& help) {
  app.add_flag("--dry-run", dry_run, help);
}

}  // namespace

void add_import_flags(CLI::App& app, Import& args) {
  app.add_option("FILE", args.files, "files to read, one after the other; - is standard input")
      ->type_name("FILE");
  flag(app, "--format", "FORMAT", "csv or jsonl (by the file's name, or its first byte)",
       [&args](const std::string& v) { args.format = import_format_value(v); });
  flag(app, "--rejects", "FILE", "writes each rejected line there, with its number and the reason",
       [&args](const std::string& v) { args.rejects = v; });
  repeated_flag(app, "--map", "NAME=COLUMN", "a column of the file by another name; NAME=- passes it over",
                [&args](const std::string& v) { add_renamed(args.options, v); });
  app.add_flag("--decimal-comma", args.options.decimal_comma, "amounts are written 1.234,50");
  add_dry_run_flag(app, args.dry_run, "judge every line and write nothing");
}

void add_export_flags(CLI::App& app, Export& args) {
  flag(app, "--format", "FORMAT", "csv, jsonl or keitaro-import (csv)",
       [&args](const std::string& v) { args.format = export_format_value(v); });
  flag(app, "--out", "FILE", "where to (standard output); for keitaro-import the files' prefix, or a folder",
       [&args](const std::string& v) { args.out = v; });
  repeated_flag(app, "--state", "STATE", "rows in this state; may be repeated (all; dead)",
                [&args](const std::string& v) { args.states.push_back(state_value(v)); });
  flag(app, "--verdict", "VERDICT", "delivered rows that the tracker's records have as absent or differs",
       [&args](const std::string& v) { args.verdict = doubtful_verdict_value(v); });
  flag(app, "--tracker", "NAME", "rows of one tracker", [&args](const std::string& v) { args.tracker = v; });
  add_force_flag(app, args.choice);
  flag(app, "--older-than", "TIME", "finished, or still pending and created, longer ago than this",
       [&args](const std::string& v) { args.older_than = age_value(v); });
}

void add_verify_flags(CLI::App& app, Verify& args) {
  flag(app, "--tracker", "NAME", "one tracker (all that have admin_url)",
       [&args](const std::string& v) { args.tracker = v; });
  add_force_flag(app, args.choice);
  CLI::Option* const days =
      flag(app, "--days", "N", "the totals of so many days, today included, ours beside the tracker's",
           [&args](const std::string& v) {
             args.days = static_cast<int>(config::count_value(v, {1, 366}));
           });
  flag(app, "--newer-than", "TIME", "ask after younger conversions too that never were asked after",
       [&args](const std::string& v) { args.newer_than = age_value(v); })
      ->excludes(days);
  app.add_flag("--csv", args.csv, "with --days: print CSV")->needs(days);
}

void add_retry_cancel_flags(CLI::App& app, RetryCancel& args) {
  const bool retry = args.what == RetryCancel::What::retry;
  repeated_flag(app, "--id", "N", "one row; may be repeated",
                [&args](const std::string& v) { args.ids.push_back(config::count_value(v, kIds)); });
  flag(app, "--state", "STATE",
       retry ? "rows in this state" : "pending, the only state that can be cancelled",
       [&args](const std::string& v) { args.state = state_value(v); });
  if (retry) {
    flag(app, "--verdict", "VERDICT", "delivered rows that the tracker's records have as absent or differs",
         [&args](const std::string& v) { args.verdict = doubtful_verdict_value(v); });
  }
  flag(app, "--tracker", "NAME", "rows of one tracker", [&args](const std::string& v) { args.tracker = v; });
  add_force_flag(app, args.choice);
  flag(app, "--older-than", "TIME", "finished, or still pending and created, longer ago than this",
       [&args](const std::string& v) { args.older_than = age_value(v); });
  if (retry) {
    flag(app, "--rate", "N", "so many rows a second (all at once)", [&args](const std::string& v) {
      args.rate = config::rate_value(v);
      if (*args.rate < kSlowestRate) throw config::ValueError("write rows a second, from 0.001 to 1000000");
    });
  }
  add_dry_run_flag(app, args.dry_run, "say how many rows, and change none");
}

void add_prune_flags(CLI::App& app, Prune& args) {
  flag(app, "--older-than", "TIME", "rows that were finished longer ago than this",
       [&args](const std::string& v) { args.older_than = age_value(v); });
  repeated_flag(app, "--state", "STATE", "of these only those in this state; may be repeated",
                [&args](const std::string& v) { args.states.push_back(finished_state_value(v)); });
  flag(app, "--tracker", "NAME", "of these only those of one tracker",
       [&args](const std::string& v) { args.tracker = v; });
  add_force_flag(app, args.choice);
  flag(app, "--attempts-older-than", "TIME", "failed attempts made longer ago than this",
       [&args](const std::string& v) { args.attempts_older_than = age_value(v); });
  flag(app, "--conversions-older-than", "TIME", "conversions taken in longer ago than this",
       [&args](const std::string& v) { args.conversions_older_than = age_value(v); });
  flag(app, "--rejects-older-than", "TIME", "front-door requests that became no row, longer ago than this",
       [&args](const std::string& v) { args.rejects_older_than = age_value(v); });
  add_dry_run_flag(app, args.dry_run, "say how much it is, and delete nothing");
}

void add_move_flags(CLI::App& app, Move& args) {
  CLI::Option* const to = flag(app, "--to", "DATABASE", "where to: a file, or postgresql://USER@HOST/NAME",
                               [&args](const std::string& v) { args.to = v; });
  app.add_flag("--give-up", args.give_up, "take back a move that was begun and is not finished")
      ->excludes(to);
}

}  // namespace keitaro_outbox::cli
