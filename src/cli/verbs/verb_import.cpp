#include <unistd.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <map>
#include <numeric>
#include <utility>

#include "cli/execute.hpp"
#include "cli/rejects.hpp"
#include "cli/terminal/progress.hpp"
#include "core/rules/status.hpp"
#include "core/text/joined.hpp"
#include "core/text/printable.hpp"
#include "core/text/reason_groups.hpp"
#include "ports/outbox_admin.hpp"
#include "ports/outbox_store.hpp"
#include "process/interruption.hpp"
#include "report/row_json.hpp"
#include "report/time_words.hpp"

namespace keitaro_outbox::cli {
namespace {

using Sources = std::vector<std::unique_ptr<files::ImportSource>>;

// What is read at a time, before the write lock is asked for.
constexpr std::size_t kRecordsInBatch = 1000;
constexpr std::size_t kBytesInBatch = 4 << 20;

Sources open_sources(const Import& args) {
  std::vector<std::string> files = args.files;
  if (files.empty()) {
    if (::isatty(STDIN_FILENO) == 1) throw UsageError("import: name a file, or - for standard input");
    files = {"-"};
  }
  if (std::ranges::count(files, "-") > 1) throw UsageError("import: standard input can be read only once");
  Sources sources;
  for (const std::string& file : files)
    sources.push_back(files::ImportSource::open(file, args.format, args.options));
  return sources;
}

/// The header of the file of rejects; all sources must agree on it.
std::string rejects_header(const Import& args, const Sources& sources) {
  std::optional<std::string> header;
  if (!args.rejects) return {};
  for (const auto& source : sources) {
    if (source->reader().is_same_file(*args.rejects)) {
      throw UsageError("--rejects: " + core::printable(*args.rejects) +
                       " is a file to be imported: name another");
    }
    const std::string own = source->rejects_header();
    if (header && *header != own) {
      throw UsageError("--rejects: the files have different columns or formats: import them one by one");
    }
    header = own;
  }
  return header.value_or("");
}

/// One import: reads batch by batch, and keeps count.
class ImportRun {
 public:
  ImportRun(const Import& args, const Command& command, const Surroundings& around)
      : args_(args),
        around_(around),
        sources_(open_sources(args)),
        importing_(around.services.outbox(command.database)
                       ->bulk_insert(args.dry_run ? ports::BulkInsert::Mode::try_out
                                                  : ports::BulkInsert::Mode::write)),
        rejects_(args.rejects, rejects_header(args, sources_)),
        progress_(around.err, around.progress_width) {}

  /// The statuses in the files that neither Keitaro nor AlterCPA knows, told before anything is written. What
  /// can be read only once tells them batch by batch.
  void tell_unknown_statuses() {
    for (const std::string& file : args_.files) {
      if (file == "-" || !std::filesystem::is_regular_file(file)) return;
    }
    if (args_.files.empty()) return;
    Sources sources = open_sources(args_);
    for (const auto& source : sources) {
      files::ImportRecord record;
      while (!process::Interruption::asked() && source->next(record)) {
        if (record.error.empty()) note_status(record.conversion.status);
      }
    }
    warn_of_own_statuses();
    told_before_ = true;
  }

  void run() {
    if (process::Interruption::asked()) return;
    for (const auto& source : sources_) {
      source_ = source.get();
      last_line_ = 0;
      while (!process::Interruption::asked() && read_batch()) take_batch();
    }
    progress_.clear();
  }

  /// What is in so far, for an end before the end.
  std::string position() const {
    std::string text = report::count_words(added_, "row is in", "rows are in");
    if (last_line_ > 0)
      text += ", up to line " + std::to_string(last_line_) + " of " + source_->reader().name();
    if (without_event_ == 0) return text + "; run it again for the rest, each event goes in once";
    return text + "; a second run would add " + report::count_words(without_event_, "row", "rows") +
           " without an event_id again: go on behind that line";
  }

  std::int64_t added() const { return added_; }
  std::int64_t trimmed() const { return trimmed_; }
  std::int64_t already_there() const { return already_there_; }
  const Rejects& rejects() const { return rejects_; }
  bool interrupted() const { return process::Interruption::asked(); }

 private:
  bool read_batch() {
    records_.clear();
    conversions_.clear();
    std::size_t bytes = 0;
    while (records_.size() < kRecordsInBatch && bytes < kBytesInBatch) {
      files::ImportRecord record;
      if (!source_->next(record)) break;
      bytes += record.text.size();
      trimmed_ += record.trimmed;
      if (record.error.empty() && !told_before_) note_status(record.conversion.status);
      if (record.error.empty()) conversions_.push_back(std::move(record.conversion));
      records_.push_back(std::move(record));
    }
    return !records_.empty();
  }

  void take_batch() {
    if (!told_before_) warn_of_own_statuses();
    std::vector<ports::ImportResult> outcomes;
    std::span<const Conversion> left(conversions_);
    auto record = records_.begin();
    do {
      outcomes = importing_->add(left);
      auto conversion = left.begin();
      left = left.subspan(outcomes.size());
      // Each record up to the last one that is now in, in the order of the file.
      auto outcome = outcomes.begin();
      for (; record != records_.end() && (left.empty() || outcome != outcomes.end()); ++record) {
        if (!record->error.empty()) {
          rejects_.add(*source_, *record, record->error);
        } else {
          note(*outcome++, *record, *conversion++);
        }
        last_line_ = record->line;
      }
      rejects_.flush(around_.err, progress_);
      progress_.show({added_ + already_there_ + rejects_.count(), part()});
    } while (!left.empty() && !process::Interruption::asked());
  }

  void note(const ports::ImportResult& outcome, const files::ImportRecord& record,
            const Conversion& conversion) {
    using Kind = ports::ImportResult::Kind;
    switch (outcome.kind) {
      case Kind::added:
        ++added_;
        if (conversion.event_id.empty()) ++without_event_;
        break;
      case Kind::already_there:
        ++already_there_;
        break;
      case Kind::rejected:
        rejects_.add(*source_, record, outcome.reason);
        break;
    }
  }

  void note_status(const std::string& status) {
    constexpr std::size_t kMostKept = 1000;
    if (status.empty() || known_statuses_.find(core::normalized_status(status))) return;
    const auto seen = own_statuses_.find(status);
    if (seen != own_statuses_.end()) {
      ++seen->second.rows;
    } else if (own_statuses_.size() < kMostKept) {
      own_statuses_.emplace(status, OwnStatus{1});
    } else {
      ++further_statuses_;
    }
  }

  /// Those not told yet: refused unless the configuration maps them.
  void warn_of_own_statuses() {
    std::vector<std::pair<std::string, std::int64_t>> news;
    for (auto& [status, own] : own_statuses_) {
      if (!std::exchange(own.told, true)) news.emplace_back(status, own.rows);
    }
    if (news.empty()) return;
    progress_.clear();
    std::ranges::stable_sort(news, std::ranges::greater{}, [](const auto& item) { return item.second; });
    constexpr std::size_t kMostTold = 20;
    for (std::size_t i = 0; i < news.size() && i < kMostTold; ++i) {
      around_.err << "keitaro-outbox: '" << core::cut_to_width(core::printable(news[i].first), 40) << "' ("
                  << report::count_words(news[i].second, "row", "rows")
                  << ") is no status of Keitaro's or AlterCPA's: it is refused unless the tracker's "
                     "`statuses` map it\n";
    }
    if (news.size() > kMostTold || further_statuses_ > 0) {
      around_.err
          << "keitaro-outbox: and further statuses that are none of Keitaro's or AlterCPA's: is `status` "
             "the right column?\n";
    }
    around_.err.flush();
  }

  /// How much of all files has been read; nullopt where one of them has no known size.
  std::optional<double> part() const {
    double read = 0;
    double whole = 0;
    for (const auto& source : sources_) {
      if (!source->reader().size()) return std::nullopt;
      read += static_cast<double>(source->reader().bytes_read());
      whole += static_cast<double>(*source->reader().size());
    }
    return whole > 0 ? std::optional(read / whole) : std::nullopt;
  }

  const Import& args_;
  const Surroundings& around_;
  Sources sources_;
  files::ImportSource* source_ = nullptr;
  std::unique_ptr<ports::BulkInsert> importing_;
  Rejects rejects_;
  Progress progress_;
  core::StatusMap known_statuses_;

  std::vector<files::ImportRecord> records_;
  std::vector<Conversion> conversions_;  // Those of the records without an error, in the same order.
  std::int64_t added_ = 0;
  std::int64_t already_there_ = 0;
  std::int64_t without_event_ = 0;
  std::int64_t last_line_ = 0;
  std::int64_t trimmed_ = 0;
  struct OwnStatus {
    std::int64_t rows = 0;
    bool told = false;
  };
  std::map<std::string, OwnStatus> own_statuses_;
  std::int64_t further_statuses_ = 0;
  bool told_before_ = false;  // The statuses of all files.
};

void print_summary(const ImportRun& run, const Import& args, const Command& command,
                   const Surroundings& around) {
  const Rejects& rejects = run.rejects();
  if (command.json) {
    report::Json told = report::Json::array();
    for (const auto& [file, line, reason] : rejects.told()) {
      told.push_back({{"file", file}, {"line", line}, {"reason", reason}});
    }
    report::print_json(around.out, {{"dry_run", args.dry_run},
                                    {"added", run.added()},
                                    {"already_there", run.already_there()},
                                    {"rejected", rejects.count()},
                                    {"trimmed", run.trimmed()},
                                    {"rejects", report::json_of(args.rejects)},
                                    {"first_rejected", std::move(told)},
                                    {"interrupted", run.interrupted()}});
    return;
  }
  around.out << report::count_words(run.added(), "row", "rows")
             << (args.dry_run ? " would be added, " : " added, ") << run.already_there() << " already there, "
             << rejects.count() << " rejected\n";
  if (run.trimmed() > 0) {
    around.out << report::count_words(run.trimmed(), "value", "values")
               << " had blanks or invisible characters around, which were left off\n";
  }
}

/// The reasons of all rejected lines, those of a kind together.
std::string reasons_of(const Rejects& rejects) {
  constexpr std::size_t kMostTold = 5;
  return core::joined(rejects.reasons().top(kMostTold), [](const core::ReasonGroups::Group& group) {
    return std::to_string(group.rows) + " × " + core::printable(group.text);
  });
}

std::string complaint(const ImportRun& run, const Import& args) {
  if (run.interrupted()) return args.dry_run ? "interrupted" : "interrupted: " + run.position();
  const Rejects& rejects = run.rejects();
  const auto told = static_cast<std::int64_t>(rejects.told().size());
  std::string text = report::count_words(rejects.count(), "line was", "lines were") + " rejected";
  if (args.rejects) {
    text += " (" + reasons_of(rejects) + "): mend " + core::printable(*args.rejects) + " and import it";
  } else if (rejects.count() > told) {
    text += ", the first " + std::to_string(told) + " are told above: --rejects FILE keeps all";
  }
  const bool others_are_in = !args.dry_run && run.added() + run.already_there() > 0;
  return others_are_in ? text + "; the other rows are in" : text;
}

}  // namespace

ExitCode execute(const Import& args, const Command& command, const Surroundings& around) {
  const process::Interruption interruption;
  ImportRun run(args, command, around);
  try {
    run.tell_unknown_statuses();
    run.run();
  } catch (const std::exception& error) {
    if (args.dry_run) throw;
    throw files::FileError(std::string(error.what()) + "; " + run.position());
  }
  print_summary(run, args, command, around);
  if (!run.interrupted() && run.rejects().count() == 0) return kDone;
  around.out.flush();
  const Rejects& rejects = run.rejects();
  if (!args.rejects && rejects.count() > static_cast<std::int64_t>(rejects.told().size()))
    around.err << "keitaro-outbox: the reasons of all: " << reasons_of(rejects) << '\n';
  around.err << "keitaro-outbox: " << complaint(run, args) << '\n';
  return kFailed;
}

}  // namespace keitaro_outbox::cli
