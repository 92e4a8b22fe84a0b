#include <algorithm>
#include <functional>

#include "cli/execute.hpp"
#include "cli/terminal/progress.hpp"
#include "cli/verbs/known_tracker.hpp"
#include "config/load_settings.hpp"
#include "core/text/printable.hpp"
#include "files/keitaro_import.hpp"
#include "files/numbered_files.hpp"
#include "ports/outbox_reader.hpp"
#include "process/interruption.hpp"
#include "report/row_csv.hpp"
#include "report/row_json.hpp"
#include "report/time_words.hpp"

namespace keitaro_outbox::cli {
namespace {

constexpr std::int64_t kRowsAtATime = 1000;

/// As many as Keitaro's import tool takes at a time.
constexpr std::int64_t kLinesInFile = 10'000;

struct Exported {
  std::int64_t rows = 0;
  std::int64_t left_out = 0;
  std::int64_t with_currency = 0;
  std::vector<std::string> files;
  std::vector<std::string> complaints;  ///< Of the first rows that were left out.
};

ports::WalkFilter filter_of(const Export& args, core::WallTime now) {
  ports::WalkFilter filter{
      .states = args.states, .verdict = args.verdict, .tracker = args.tracker, .before = std::nullopt};
  if (args.older_than) filter.before = now - *args.older_than;
  if (args.verdict) {
    if (!args.states.empty()) throw UsageError("export: --verdict is of delivered rows: leave --state out");
    filter.states = {core::State::delivered};
  } else if (filter.states.empty() && args.format == Export::Format::keitaro_import) {
    filter.states = {core::State::dead};
  }
  return filter;
}

/// Gives each row to `take`, some at a time, so that no long read keeps the write-ahead log from being used
/// again.
void walk(const Export& args, const Command& command, const Surroundings& around,
          const std::function<void(const ports::RowRecord&)>& take) {
  const ports::WalkFilter filter = filter_of(args, around.now);
  const auto outbox = around.services.outbox(command.database);
  Progress progress(around.err, args.out ? around.progress_width : std::nullopt);
  std::int64_t rows = 0;
  core::OutboxId after = core::kBeforeAllRows;
  while (true) {
    if (process::Interruption::asked())
      throw files::FileError("interrupted before the end: what was written is not all");
    const auto found = outbox->reader()->rows_after(after, filter, kRowsAtATime);
    if (found.empty()) return;
    for (const ports::RowRecord& row : found) take(row);
    after = found.back().id;
    rows += static_cast<std::int64_t>(found.size());
    progress.show({rows, std::nullopt});
  }
}

core::StatusMap statuses_of(const config::Settings& settings, const std::string& tracker) {
  for (const delivery::TrackerSpec& spec : settings.trackers) {
    if (spec.rules.name == tracker) return spec.rules.statuses;
  }
  return {};
}

Exported write_for_keitaro(const Export& args, const Command& command, const Surroundings& around) {
  constexpr std::size_t kMostTold = 20;
  if (!args.out) throw UsageError("export: name the files' prefix, or a folder, with --out");
  const config::Settings settings = config::load_settings(args.choice.overrides, around.environment);
  files::NumberedFiles files(*args.out, kLinesInFile);
  Exported exported;
  std::optional<std::string> tracker;
  core::StatusMap statuses;
  walk(args, command, around, [&](const ports::RowRecord& row) {
    if (!tracker) {
      tracker = row.tracker;
      statuses = statuses_of(settings, row.tracker);
    } else if (*tracker != row.tracker) {
      throw UsageError("export: the rows belong to several trackers, such as " + core::printable(*tracker) +
                       " and " + core::printable(row.tracker) + ": choose one with --tracker");
    }
    const files::KeitaroImportLine line = files::keitaro_import_line(row, statuses);
    if (line.error.empty()) {
      files.write_line(line.line);
      ++exported.rows;
      if (row.currency && !row.currency->empty()) ++exported.with_currency;
      return;
    }
    ++exported.left_out;
    if (exported.complaints.size() < kMostTold) {
      exported.complaints.push_back("row " + std::to_string(row.id.value) + ": " + line.error);
    }
  });
  files.finish();
  exported.files = files.paths();
  return exported;
}

Exported write_all_columns(const Export& args, const Command& command, const Surroundings& around) {
  if (command.json && !args.out) throw UsageError("export: --json tells of a file: name it with --out");
  const bool csv = args.format == Export::Format::csv;
  Exported exported;
  std::optional<files::OutputFile> file;
  if (args.out) {
    file.emplace(*args.out, files::OutputFile::Existing::keep);
    exported.files.push_back(*args.out);
  }
  const auto write = [&](const std::string& text) {
    if (file) {
      file->write(text);
    } else {
      around.out << text;
      if (!around.out) throw files::FileError("the output could not be written: is the disk full?");
    }
  };
  if (csv) write(report::csv_header());
  walk(args, command, around, [&](const ports::RowRecord& row) {
    write(csv ? report::csv_line(row) : report::json_line(row));
    ++exported.rows;
  });
  if (file) file->close();
  return exported;
}

void print_summary(const Exported& exported, const Command& command, const Surroundings& around) {
  if (command.json) {
    report::print_json(around.out,
                       {{"rows", exported.rows}, {"left_out", exported.left_out}, {"files", exported.files}});
    return;
  }
  around.out << report::count_words(exported.rows, "row", "rows");
  if (exported.files.empty()) {
    around.out << ", no file written\n";
    return;
  }
  around.out << " in " << core::printable(exported.files.front());
  if (exported.files.size() > 1) around.out << " to " << core::printable(exported.files.back());
  around.out << '\n';
}

}  // namespace

ExitCode execute(const Export& args, const Command& command, const Surroundings& around) {
  require_known_tracker(args.tracker, args.choice, command, around);
  const process::Interruption interruption;
  const bool for_keitaro = args.format == Export::Format::keitaro_import;
  const Exported exported =
      for_keitaro ? write_for_keitaro(args, command, around) : write_all_columns(args, command, around);
  if (args.out) print_summary(exported, command, around);
  if (exported.with_currency > 0) {
    around.err << "keitaro-outbox: "
               << report::count_words(exported.with_currency, "row names a currency", "rows name a currency")
               << ", which the tool's lines cannot: there the amounts count in the tracker's own\n";
  }
  for (const std::string& complaint : exported.complaints) around.err << complaint << '\n';
  if (exported.left_out == 0) return kDone;
  around.out.flush();
  around.err << "keitaro-outbox: " << report::count_words(exported.left_out, "row was", "rows were")
             << " left out, the others are written\n";
  return kFailed;
}

}  // namespace keitaro_outbox::cli
