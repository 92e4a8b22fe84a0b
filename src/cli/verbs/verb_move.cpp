#include <optional>
#include <utility>

#include "cli/execute.hpp"
#include "cli/terminal/progress.hpp"
#include "core/text/database_name.hpp"
#include "core/text/printable.hpp"
#include "ports/outbox_store.hpp"
#include "process/interruption.hpp"
#include "report/row_json.hpp"
#include "report/time_words.hpp"

namespace keitaro_outbox::cli {
namespace {

using ports::CopiedRow;
using ports::CopiedTable;
using ports::kCopiedTables;
using ports::MoveMark;

/// Some megabytes at most, whatever the rows hold.
constexpr int kRowsAtATime = 500;

[[noreturn]] void refuse(const std::string& words) {
  throw ports::StoreError(ports::StoreError::Kind::other, words);
}

std::int64_t sum_of(const ports::CopiedCounts& counts) {
  std::int64_t sum = 0;
  for (const auto& [kind, rows] : counts) sum += rows;
  return sum;
}

/// One move: what is there is copied while the application writes on; then, with everybody kept waiting, what
/// came meanwhile; then both sides are counted, and the source is marked.
class MoveRun {
 public:
  MoveRun(const Move& args, const Command& command, const Surroundings& around)
      : services_(around.services),
        database_(command.database),
        from_name_(core::shown_database(command.database)),
        to_name_(core::shown_database(args.to)),
        source_(around.services.outbox(command.database)),
        target_(around.services.outbox(args.to)),
        progress_(around.err, around.progress_width) {}

  /// False when it was interrupted; what was copied stays for the next run.
  bool run() {
    from_ = source_->copy();
    const auto earlier = from_->mark();
    judge_source(earlier);
    target_->install();
    to_ = target_->copy();
    if (earlier && earlier->done) {
      finish_earlier(*earlier);
      return true;
    }
    begin(earlier.has_value());
    for (const CopiedTable& table : kCopiedTables) total_ += sum_of(from_->count(table));
    for (const CopiedTable& table : kCopiedTables) {
      if (!copy(table)) return false;
    }
    from_->lock();
    for (const CopiedTable& table : kCopiedTables) {
      if (!copy(table)) return false;
    }
    for (const CopiedTable& table : kCopiedTables) compare(table);
    for (const CopiedTable& table : kCopiedTables) {
      if (table.numbered) to_->set_last_id(table, from_->last_id(table));
    }
    progress_.clear();
    from_->close_source(to_name_);
    to_->finish_target();
    return true;
  }

  void give_up() {
    from_ = source_->copy();
    const auto mark = from_->mark();
    if (!mark || mark->role != MoveMark::Role::source) refuse("no move of " + from_name_ + " has been begun");
    if (mark->done) refuse(has_moved(*mark) + ": that cannot be taken back");
    from_->give_up_source();
  }

  const ports::CopiedCounts& moved() const { return moved_; }
  const std::string& from_name() const { return from_name_; }
  const std::string& to_name() const { return to_name_; }

 private:
  std::string has_moved(const MoveMark& mark) const { return from_name_ + " has moved to " + mark.other; }

  void judge_source(const std::optional<MoveMark>& mark) {
    if (mark && mark->role == MoveMark::Role::target) source_->require_not_moved();  // It says what to do.
    if (mark && mark->other != to_name_) {
      if (mark->done) refuse(has_moved(*mark) + " already");
      refuse(from_name_ + " is being moved to " + mark->other +
             ": finish that, or give it up with `keitaro-outbox move --give-up`");
    }
    refuse_beside_worker();
    if (services_.intake_backlog(database_).spool_bytes > 0)
      refuse("the front door's spool beside " + from_name_ +
             " holds requests that are no rows yet: let the front door run until they are, then end it");
  }

  void refuse_beside_worker() {
    const auto running = source_->reader()->worker_is_running();
    if (!running)
      refuse("whether a worker delivers from " + from_name_ +
             " cannot be told: run this as the worker's user");
    if (*running) refuse("a worker delivers from " + from_name_ + ": end it, then run this again");
  }

  void finish_earlier(const MoveMark& earlier) {
    const auto mark = to_->mark();
    if (!mark || mark->role != MoveMark::Role::target || mark->source_id != earlier.source_id)
      refuse(has_moved(earlier) + " already");
    to_->finish_target();
    for (const CopiedTable& table : kCopiedTables)
      moved_[std::string(table.name)] = sum_of(to_->count(table));
  }

  void begin(bool resumed) {
    if (to_->id() == from_->id())
      refuse(to_name_ + " is the same outbox as " + from_name_ + ", or a copy of it");
    const auto mark = to_->mark();
    if (mark && mark->role == MoveMark::Role::source) target_->require_not_moved();
    if (mark && mark->source_id != from_->id())
      refuse("a move from " + mark->other + " into " + to_name_ +
             " is not finished: finish it, or use another");
    // Given up before: rows may have changed since.
    if (mark && !resumed) to_->clear_target();
    if (!mark) require_empty();
    if (target_->reader()->worker_is_running() == true)
      refuse("a worker delivers from " + to_name_ + " already: end it, then run this again");
    if (!resumed) {
      from_->begin_source(to_name_);
      // One may have begun between the look and the mark. One that begins from now on sees the mark.
      try {
        refuse_beside_worker();
      } catch (const ports::StoreError&) {
        from_->give_up_source();
        throw;
      }
    }
    to_->begin_target(from_name_, from_->id());
  }

  void require_empty() {
    for (const CopiedTable& table : kCopiedTables) {
      const std::int64_t rows = sum_of(to_->count(table));
      if (rows > 0)
        refuse(to_name_ + " is in use: " + std::string(table.name) + " has " +
               report::count_words(rows, "row", "rows") + "; name a database whose outbox is empty");
    }
  }

  /// From where the last copy of the table ended.
  bool copy(const CopiedTable& table) {
    std::optional<CopiedRow> after = to_->position(table);
    while (!process::Interruption::asked()) {
      const std::vector<CopiedRow> rows = from_->read(table, after, kRowsAtATime);
      if (rows.empty()) return true;
      to_->insert(table, rows, ports::OutboxCopy::IfThere::fail);
      after = ports::key_of(table, rows.back());
      show(static_cast<std::int64_t>(rows.size()));
    }
    return false;
  }

  void show(std::int64_t rows) {
    copied_ += rows;
    const double part = total_ > 0 ? static_cast<double>(copied_) / static_cast<double>(total_) : 1;
    progress_.show({copied_, std::min(part, 1.0)});
  }

  /// With the source locked. Ids are drawn before they are committed, so that some may have appeared behind
  /// the copy: then the table is gone through again.
  void compare(const CopiedTable& table) {
    const ports::CopiedCounts here = from_->count(table);
    if (to_->count(table) != here) copy_missing(table);
    const ports::CopiedCounts there = to_->count(table);
    if (there != here) {
      refuse(std::string(table.name) + " has " + report::count_words(sum_of(here), "row", "rows") + " in " +
             from_name_ + " and " + std::to_string(sum_of(there)) + " in " + to_name_ +
             ", or of other states: nothing may write there; give the move up (--give-up) and begin again");
    }
    moved_[std::string(table.name)] = sum_of(there);
  }

  void copy_missing(const CopiedTable& table) {
    std::optional<CopiedRow> after;
    while (true) {
      const std::vector<CopiedRow> rows = from_->read(table, after, kRowsAtATime);
      if (rows.empty()) return;
      to_->insert(table, rows, ports::OutboxCopy::IfThere::keep);
      after = ports::key_of(table, rows.back());
    }
  }

  Services& services_;
  const std::string database_;
  const std::string from_name_;
  const std::string to_name_;
  const std::unique_ptr<ports::Outbox> source_;
  const std::unique_ptr<ports::Outbox> target_;
  std::unique_ptr<ports::OutboxCopy> from_;
  std::unique_ptr<ports::OutboxCopy> to_;
  Progress progress_;
  std::int64_t total_ = 0;
  std::int64_t copied_ = 0;
  ports::CopiedCounts moved_;  ///< Rows by table.
};

void print_summary(const MoveRun& run, const Command& command, const Surroundings& around) {
  const auto rows = [&](const char* table) { return run.moved().at(table); };
  if (command.json) {
    report::print_json(around.out, {{"from", run.from_name()},
                                    {"to", run.to_name()},
                                    {"rows", rows("outbox")},
                                    {"conversions", rows("conversions")},
                                    {"attempts", rows("delivery_attempts")},
                                    {"rejects", rows("intake_rejects")}});
    return;
  }
  around.out << core::printable(run.from_name()) << " has moved to " << core::printable(run.to_name()) << ": "
             << report::count_words(rows("outbox"), "row", "rows") << ", "
             << report::count_words(rows("conversions"), "conversion", "conversions") << ", "
             << report::count_words(rows("delivery_attempts"), "failed attempt", "failed attempts") << " and "
             << report::count_words(rows("intake_rejects"), "reject", "rejects")
             << ", counted on both sides\n";
}

}  // namespace

ExitCode execute(const Move& args, const Command& command, const Surroundings& around) {
  if (args.give_up == !args.to.empty())
    throw UsageError("move: say where to: --to FILE or --to postgresql://…");
  const process::Interruption interruption;
  MoveRun run(args, command, around);
  if (args.give_up) {
    run.give_up();
    if (command.json) {
      report::print_json(around.out, {{"given_up", true}});
    } else {
      around.out << "the move is given up: " << core::printable(run.from_name()) << " is used as before\n";
    }
    return kDone;
  }
  if (run.run()) {
    print_summary(run, command, around);
    return kDone;
  }
  around.err << "keitaro-outbox: interrupted before the end: run it again for the rest, or give it up with "
                "`keitaro-outbox move --give-up`\n";
  return kFailed;
}

}  // namespace keitaro_outbox::cli
