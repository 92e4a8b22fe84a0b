#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "config/settings.hpp"
#include "core/readback/verdict.hpp"
#include "core/rules/row.hpp"
#include "core/text/time.hpp"
#include "files/import_source.hpp"
#include "keitaro_outbox/conversion.hpp"

namespace keitaro_outbox::cli {

/// The command line cannot be understood. what() is one line that says what to write.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// How a verb that takes a tracker's name judges it.
struct TrackerChoice {
  config::Overrides overrides;
  bool force = false;  ///< Takes a name that nothing knows.
};

// One struct for each verb: what its flags say.

struct Init {};

struct Run {
  config::Overrides overrides;
  bool resume_restored = false;
};

struct Drain {
  config::Overrides overrides;
  bool resume_restored = false;
  std::optional<core::Millis> timeout;
};

struct Add {
  Conversion conversion;
  std::vector<std::string> params;  ///< `--param`: each `name=value`.
  std::optional<core::Millis> in;   ///< `--in`: due so long from now.
};

struct Import {
  std::vector<std::string> files;  ///< `-` is standard input; none is that too.
  std::optional<files::ImportFormat> format;
  files::ImportOptions options;
  std::optional<std::string> rejects;
  bool dry_run = false;
};

struct Export {
  enum class Format : std::uint8_t { csv, json_lines, keitaro_import };
  TrackerChoice choice;
  Format format = Format::csv;
  std::vector<core::State> states;       ///< Any of these; none means the format's own choice.
  std::optional<core::Verdict> verdict;  ///< `differs`, `absent` or `unknowable`: delivered rows with it.
  std::optional<std::string> tracker;
  std::optional<core::Millis> older_than;
  std::optional<std::string> out;
};

struct Status {
  config::Overrides overrides;
  bool watch = false;
  core::Millis interval = std::chrono::seconds{1};  ///< Between two looks of `--watch`.
  bool exact = false;                               ///< However long it takes to count.
};

struct List {
  TrackerChoice choice;
  std::optional<core::State> state;
  std::optional<core::Verdict> verdict;  ///< Of the conversion that was sent for the row.
  std::optional<std::string> tracker;
  std::optional<std::string> campaign;
  std::optional<std::string> subid;
  std::optional<std::string> reason;       ///< A part of it.
  std::optional<core::Millis> older_than;  ///< Finished, or still pending and written, so long ago or longer.
  std::optional<core::Millis> newer_than;
  std::optional<std::int64_t> since;
  bool oldest_first = false;
  std::int64_t limit = 50;
};

struct Explain {
  config::Overrides overrides;
  std::int64_t id = 0;
};

struct Show {
  TrackerChoice choice;
  std::string subid;
  std::optional<std::string> tracker;
};

struct Preview {
  config::Overrides overrides;
  std::int64_t id = 0;
};

/// `retry` and `cancel`.
struct RetryCancel {
  enum class What : std::uint8_t { retry, cancel };
  What what = What::retry;
  TrackerChoice choice;
  std::vector<std::int64_t> ids;
  std::optional<core::State> state;
  std::optional<core::Verdict> verdict;  ///< `retry`: `differs`, `absent` or `unknowable`.
  std::optional<std::string> tracker;
  std::optional<core::Millis> older_than;
  std::optional<double> rate;  ///< `retry`: so many rows a second.
  bool dry_run = false;
};

struct Prune {
  TrackerChoice choice;
  std::optional<core::Millis> older_than;
  std::vector<core::State> states;  ///< Any of these; none means every state but pending.
  std::optional<std::string> tracker;
  std::optional<core::Millis> attempts_older_than;
  std::optional<core::Millis> conversions_older_than;
  std::optional<core::Millis> rejects_older_than;
  bool dry_run = false;
};

/// `pause` and `resume`.
struct Pause {
  enum class What : std::uint8_t { pause, resume };
  What what = What::pause;
  TrackerChoice choice;
  std::string tracker;
};

struct Check {
  config::Overrides overrides;
  bool offline = false;
};

/// Asks the trackers what they have recorded.
struct Verify {
  TrackerChoice choice;
  std::optional<std::string> tracker;
  std::optional<int> days;  ///< The totals of so many days.
  std::optional<core::Millis> newer_than;
  bool csv = false;
};

struct Intake {
  config::Overrides overrides;
};

/// `page`: the page for people, without a worker.
struct ServePage {
  config::Overrides overrides;
};

/// `rejects`: what the front door could not make a row of.
struct IntakeRejects {
  config::Overrides overrides;
  bool replay = false;
  bool dismiss = false;           ///< Never with `replay`.
  std::vector<std::int64_t> ids;  ///< To replay, to dismiss or to show; none means all.
  std::int64_t limit = 20;        ///< Of the newest that are shown.
};

/// Moves everything to another database.
struct Move {
  std::string to;        ///< A path, or the address of a PostgreSQL database.
  bool give_up = false;  ///< In place of `to`: takes back what was begun.
};

struct SourceKey {};

struct SourceUrl {
  config::Overrides overrides;
  std::string name;
  bool altercpa = false;  ///< The five templates of AlterCPA TOP.
};

struct LinkBuild {
  std::string bot;
  std::string campaign;
  std::string click;  ///< Empty: Keitaro's `{subid}` stands for it.
};

struct LinkParse {
  std::string text;
  std::string campaign;  ///< The code to split behind; empty: at the first `-`.
};

using Verb = std::variant<Init, Run, Drain, Add, Import, Export, Status, List, Show, Explain, Preview,
                          RetryCancel, Prune, Pause, Check, Verify, Intake, ServePage, IntakeRejects, Move,
                          SourceKey, SourceUrl, LinkBuild, LinkParse>;

enum class ColorChoice : std::uint8_t { automatic, always, never };

struct Command {
  std::string database;  ///< Empty where the verb needs none.
  bool json = false;
  ColorChoice color = ColorChoice::automatic;
  Verb verb;
};

}  // namespace keitaro_outbox::cli
