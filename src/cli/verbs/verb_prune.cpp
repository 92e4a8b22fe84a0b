#include <thread>

#include "cli/execute.hpp"
#include "cli/terminal/progress.hpp"
#include "cli/verbs/known_tracker.hpp"
#include "core/text/clock_doubt.hpp"
#include "ports/outbox_admin.hpp"
#include "process/interruption.hpp"
#include "report/row_json.hpp"
#include "report/time_words.hpp"

namespace keitaro_outbox::cli {
namespace {

void check_usage(const Prune& args) {
  if (!args.older_than && !args.attempts_older_than && !args.conversions_older_than &&
      !args.rejects_older_than) {
    throw UsageError(
        "prune: say what is old: --older-than 90d, --attempts-older-than, --conversions-older-than or "
        "--rejects-older-than");
  }
  const bool narrowed = args.tracker || !args.states.empty();
  if (narrowed && (args.attempts_older_than || args.conversions_older_than || args.rejects_older_than)) {
    throw UsageError(
        "prune: --state and --tracker narrow --older-than: prune attempts, conversions and rejects apart");
  }
  if (narrowed && !args.older_than) throw UsageError("prune: --state and --tracker need --older-than");
}

/// One prune: walk by walk, with pauses for the application.
class PruneRun {
 public:
  PruneRun(const Prune& args, const Command& command, const Surroundings& around)
      : args_(args),
        now_(around.now),
        pruner_(around.services.outbox(command.database)->pruner({.dry_run = args.dry_run})),
        progress_(around.err, around.progress_width) {}

  void run() {
    count_ages();
    if (args_.older_than) {
      const ports::PruneFilter filter{
          .before = now_ - *args_.older_than, .states = args_.states, .tracker = args_.tracker};
      walk([&] {
        auto done = pruner_->rows(filter);
        if (done && args_.dry_run && counted_by_age()) done->attempts = 0;
        return done;
      });
    }
    if (args_.attempts_older_than) {
      walk([&] { return pruner_->attempts(now_ - *args_.attempts_older_than); });
    }
    if (args_.conversions_older_than) {
      walk([&] { return pruner_->conversions(now_ - *args_.conversions_older_than); });
    }
    if (args_.rejects_older_than) {
      walk([&] { return pruner_->rejects(now_ - *args_.rejects_older_than); });
    }
    progress_.clear();
  }

  const ports::Pruned& pruned() const { return pruned_; }
  /// What the operator must know; empty, as a rule.
  const std::string& warning() const { return warning_; }

 private:
  /// A clock far ahead of all that is known would have everything deleted.
  void count_ages() {
    const auto known = pruner_->known_time();
    if (!core::is_doubtful(now_, known)) {
      if (!args_.dry_run) pruner_->note_time(now_);
      return;
    }
    warning_ = core::doubt_words(now_, *known) + ", so ages are counted from a day after that";
    now_ = *known + core::kBelievedAhead;
  }

  /// Whether the walk through the attempts meets those of old rows again: nothing was deleted.
  bool counted_by_age() const {
    return args_.attempts_older_than && *args_.attempts_older_than <= *args_.older_than;
  }

  template <typename Step>
  void walk(const Step& step) {
    while (!process::Interruption::asked()) {
      const auto done = step();
      if (!done) return;
      pruned_ += *done;
      progress_.show({pruned_.rows + pruned_.attempts + pruned_.conversions + pruned_.rejects, part()});
      std::this_thread::sleep_until(pruner_->pause_until());
    }
  }

  std::optional<double> part() const {
    if (args_.attempts_older_than || args_.conversions_older_than || args_.rejects_older_than)
      return std::nullopt;
    return pruner_->rows_walked();
  }

  const Prune& args_;
  core::WallTime now_;
  std::unique_ptr<ports::Pruner> pruner_;
  Progress progress_;
  ports::Pruned pruned_;
  std::string warning_;
};

void print_summary(const ports::Pruned& pruned, const Prune& args, const Command& command,
                   const Surroundings& around) {
  if (command.json) {
    report::print_json(around.out, {{"dry_run", args.dry_run},
                                    {"rows", pruned.rows},
                                    {"attempts", pruned.attempts},
                                    {"conversions", pruned.conversions},
                                    {"rejects", pruned.rejects},
                                    {"interrupted", process::Interruption::asked()}});
    return;
  }
  if (args.rejects_older_than) {
    around.out << report::count_words(pruned.rejects, "reject", "rejects")
               << (args.dry_run ? " would be deleted\n" : " deleted\n");
    if (!args.older_than && !args.attempts_older_than && !args.conversions_older_than) return;
  }
  around.out << report::count_words(pruned.rows, "row", "rows") << ", "
             << report::count_words(pruned.attempts, "attempt", "attempts") << " and "
             << report::count_words(pruned.conversions, "conversion", "conversions")
             << (args.dry_run ? " would be deleted\n" : " deleted\n");
}

}  // namespace

ExitCode execute(const Prune& args, const Command& command, const Surroundings& around) {
  check_usage(args);
  require_known_tracker(args.tracker, args.choice, command, around);
  const process::Interruption interruption;
  PruneRun run(args, command, around);
  run.run();
  print_summary(run.pruned(), args, command, around);
  if (!run.warning().empty()) {
    around.out.flush();
    around.err << "keitaro-outbox: " << run.warning() << '\n';
  }
  if (!process::Interruption::asked()) return kDone;
  around.out.flush();
  around.err << "keitaro-outbox: interrupted before the end: run it again for the rest\n";
  return kFailed;
}

}  // namespace keitaro_outbox::cli
