#include "sqlite/read/backlog_reader.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>

#include "ports/clock.hpp"
#include "sqlite/base/connection.hpp"
#include "sqlite/base/database.hpp"
#include "sqlite/base/index_walk.hpp"
#include "sqlite/base/transaction.hpp"
#include "sqlite/embedded_sql.hpp"
#include "sqlite/lock/worker_presence.hpp"
#include "sqlite/read/backlog_passes.hpp"
#include "sqlite/read/tracker_condition.hpp"
#include "sqlite/schema/migrator.hpp"

namespace keitaro_outbox::sqlite {

using ports::BacklogScope;
using ports::FinishedCounts;
using ports::PartialCount;
using ports::PendingDetails;
using ports::StatusSnapshot;
using ports::Waiting;

namespace {

/// The rest after a pass for people, as a multiple of the pass: a large table is not read all the time
/// because somebody watches. Metrics rest by themselves.
constexpr int kRestAfterPass = 9;

std::optional<core::WallTime> earlier(std::optional<core::WallTime> a, std::optional<core::WallTime> b) {
  return a && b ? std::min(*a, *b) : a ? a : b;
}

/// Device and inode of a path; nullopt when nothing is there.
std::optional<std::pair<dev_t, ino_t>> identity(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return std::pair(status.st_dev, status.st_ino);
}

/// A pass, its results, and when it is to be made again.
template <typename Pass, typename T>
class Repeated {
 public:
  Repeated(const SQLite::Database& db, int rest) : pass_(db), rest_(rest) {}

  bool under_way() const { return under_way_; }
  const PartialCount<T>& partial() const { return partial_; }

  bool is_due(std::int64_t data_version) const {
    if (under_way_) return false;
    if (!partial_.whole) return true;
    return data_version != data_version_ && std::chrono::steady_clock::now() >= rest_until_;
  }

  template <typename... Args>
  void begin(std::int64_t data_version, Args&&... args) {
    pass_.begin(std::forward<Args>(args)...);
    data_version_ = data_version;
    under_way_ = true;
    cost_ = {};
  }

  /// What was found is so still, where nothing was committed since.
  void confirm(std::int64_t data_version, core::WallTime now) {
    if (partial_.whole && !under_way_ && data_version == data_version_) partial_.at = now;
  }

  void advance(core::Millis time) {
    if (!under_way_) return;
    const auto start = std::chrono::steady_clock::now();
    TimeLimit limit(time);
    const bool whole = pass_.advance(limit);
    const auto end = std::chrono::steady_clock::now();
    cost_ += end - start;
    if (!whole && partial_.whole) return;  // Until it is whole, the last whole one tells more.
    partial_ = {pass_.found, whole, ports::wall_now()};
    under_way_ = !whole;
    rest_until_ = end + rest_ * cost_;
  }

 private:
  Pass pass_;
  const int rest_;
  PartialCount<T> partial_;
  bool under_way_ = false;
  std::int64_t data_version_ = 0;
  std::chrono::steady_clock::duration cost_{};
  core::SteadyTime rest_until_{};
};

}  // namespace

struct BacklogReader::Parts {
  Parts(const std::string& database, bool for_people)
      : path(database),
        everything(for_people),
        connection(database, {.reading_will_do = for_people}),
        file(identity(database)),
        db(connection.database()) {
    check_schema(connection.handle());
    with_store_errors(db, [&] {
      db.exec("PRAGMA query_only = ON");
      next_ready.emplace(prepare(db, sql::next_tracker));
      next_waiting.emplace(prepare(db, sql::backlog_next_waiting_tracker));
      waiting.emplace(prepare(db, sql::backlog_waiting));
      pending.emplace(db, for_people ? kRestAfterPass : 0);
      if (everything) finished.emplace(db, kRestAfterPass);
    });
  }

  Waiting waiting_of(const std::string& tracker, core::WallTime now) {
    Run run(*waiting);
    run.bind(":tracker", tracker).bind(":now", core::unix_millis(now));
    run.step();
    const std::int64_t due_by_time = run.integer(1);
    const std::int64_t later = run.integer(2);
    return {
        .due = run.integer(0) + due_by_time,
        .later = later,
        .behind = run.integer(3) - due_by_time - later,
        .oldest_due_at = earlier(earlier(run.optional_time(4), run.optional_time(5)), run.optional_time(6)),
        .next_at = run.optional_time(7)};
  }

  /// Whether counting anew would give the same: nothing was committed, and no row's time has come.
  bool waits_as_before(std::int64_t version, core::WallTime now) const {
    return waiting_version == version && std::ranges::none_of(snapshot.waiting, [&](const auto& entry) {
             return entry.second.next_at && *entry.second.next_at <= now;
           });
  }

  void read_waiting(std::int64_t version, core::WallTime now) {
    if (waits_as_before(version, now)) return;
    waiting_version = version;
    std::set<std::string> trackers;
    for (SQLite::Statement* const next : {&*next_ready, &*next_waiting}) {
      std::vector<std::string> found = seek_names(*next, std::numeric_limits<std::size_t>::max());
      trackers.insert(std::move_iterator(found.begin()), std::move_iterator(found.end()));
    }
    snapshot.waiting.clear();
    for (const std::string& tracker : trackers) snapshot.waiting[tracker] = waiting_of(tracker, now);
  }

  void read_failed() {
    snapshot.failed.clear();
    snapshot.failed_reasons.clear();
    SQLite::Statement counts = prepare(db, sql::backlog_failed);
    Run run(counts);
    while (run.step()) {
      if (const auto state = core::state_named(run.view(1)))
        snapshot.failed[{run.text(0), *state}] = run.integer(2);
    }
    for (const core::State state : {core::State::dead, core::State::refused}) read_failed_reasons(state);
  }

  void read_failed_reasons(core::State state) {
    SQLite::Statement reasons = prepare(db, sql::backlog_failed_reasons);
    Run run(reasons);
    run.bind(":state", core::name_of(state)).bind(":limit", kReasonsRead);
    while (run.step()) {
      const std::string_view reason = run.view(1);
      snapshot.failed_reasons[{run.text(0), state}].add(reason.empty() ? "no reason is given" : reason);
    }
  }

  void read_groups_missing(const std::optional<Identity>& remembered) {
    snapshot.groups_missing = 0;
    if (!remembered) return;
    SQLite::Statement statement = prepare(db, sql::identity);
    Run run(statement);
    if (run.step()) snapshot.groups_missing = groups_missing({run.text(0), run.integer(1)}, *remembered);
  }

  /// What a snapshot for people has beside what is pending.
  void read_rest(std::int64_t version, const std::optional<Identity>& remembered) {
    read_groups_missing(remembered);
    read_conditions();
    read_inserted();
    if (failed_version != version) read_failed();
    failed_version = version;
    if (finished->is_due(version)) finished->begin(version);
  }

  void read_conditions() {
    snapshot.conditions.clear();
    SQLite::Statement statement = prepare(db, sql::backlog_trackers);
    Run run(statement);
    while (run.step()) snapshot.conditions.push_back(read_condition(run));
  }

  void read_inserted() {
    snapshot.inserted.clear();
    const std::int64_t last = integer_of(db, sql::read_last_id);
    if (last_id && last > *last_id) {
      SQLite::Statement statement = prepare(db, sql::backlog_inserted);
      Run run(statement);
      run.bind(":after", *last_id);
      while (run.step()) snapshot.inserted[run.text(0)] = run.integer(1);
    }
    last_id = last;
  }

  void advance(core::Millis time) {
    pending->advance(time);
    if (finished) finished->advance(time);
  }

  const std::string path;
  const bool everything;  ///< BacklogScope::everything.
  Connection connection;
  const std::optional<std::pair<dev_t, ino_t>> file;
  SQLite::Database& db;
  std::optional<SQLite::Statement> next_ready;
  std::optional<SQLite::Statement> next_waiting;
  std::optional<SQLite::Statement> waiting;
  std::optional<Repeated<PendingPass, PendingDetails>> pending;
  std::optional<Repeated<FinishedPass, FinishedCounts>> finished;  ///< With BacklogScope::everything.
  const PartialCount<FinishedCounts> none_finished;
  StatusSnapshot snapshot;
  std::optional<std::int64_t> last_id;
  std::optional<std::int64_t> waiting_version;
  std::optional<std::int64_t> failed_version;
};

BacklogReader::BacklogReader(const std::string& path, BacklogScope scope)
    : parts_(std::make_unique<Parts>(path, scope == BacklogScope::everything)) {}
BacklogReader::~BacklogReader() = default;

const StatusSnapshot& BacklogReader::look(core::WallTime now, core::Millis time) {
  Parts& parts = *parts_;
  // Before the database is read: a worker writes the database first.
  const auto remembered = parts.everything ? remembered_identity(parts.path) : std::nullopt;
  if (parts.everything) {
    parts.snapshot.worker_running = worker_is_running(parts.path);
    parts.snapshot.unsure = what_is_unsure(parts.connection);
  }
  with_store_errors(parts.db, [&] {
    const Transaction transaction(parts.db, Transaction::Kind::read);
    const std::int64_t version = integer_of(parts.db, sql::data_version);
    parts.read_waiting(version, now);
    if (parts.everything) parts.read_rest(version, remembered);
    if (parts.pending->is_due(version)) {
      std::vector<std::string> trackers;
      for (const auto& [tracker, waiting] : parts.snapshot.waiting) trackers.push_back(tracker);
      parts.pending->begin(version, std::move(trackers), now);
    }
    parts.advance(time);
    parts.pending->confirm(version, now);
    if (parts.finished) parts.finished->confirm(version, now);
  });
  return parts.snapshot;
}

void BacklogReader::carry_on(core::Millis time) {
  with_store_errors(parts_->db, [&] {
    const Transaction transaction(parts_->db, Transaction::Kind::read);
    parts_->advance(time);
  });
}

bool BacklogReader::pass_under_way() const {
  return parts_->pending->under_way() || (parts_->finished && parts_->finished->under_way());
}

const PartialCount<PendingDetails>& BacklogReader::pending() const {
  return parts_->pending->partial();
}

const PartialCount<FinishedCounts>& BacklogReader::finished() const {
  return parts_->finished ? parts_->finished->partial() : parts_->none_finished;
}

bool BacklogReader::is_of_another_database() const {
  // What is read as if it never changed is opened again for each look.
  if (parts_->connection.access() == Connection::Access::frozen) return true;
  return identity(parts_->path) != parts_->file;
}

}  // namespace keitaro_outbox::sqlite
