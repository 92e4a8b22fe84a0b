#include "postgresql/store/postgresql_store.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "postgresql/embedded_sql.hpp"
#include "postgresql/schema/migrator.hpp"

namespace keitaro_outbox::postgresql {
namespace {

using core::OutboxId;
using Clock = std::chrono::steady_clock;

std::int64_t as_limit(std::size_t limit) {
  return static_cast<std::int64_t>(std::min<std::size_t>(limit, 1'000'000'000));
}

std::optional<core::Amount> amount(const std::optional<std::string>& text) {
  return text ? core::Amount::parse(*text) : std::nullopt;
}

core::Row row_of(const Result& found, int at) {
  core::Row row;
  row.id = {found.integer(at, 0)};
  row.tracker = found.text(at, 1);
  row.campaign = found.text(at, 2);
  row.subid = found.text(at, 3);
  row.status = found.text(at, 4);
  row.tid = found.text(at, 5);
  row.payout = found.optional_text(at, 6);
  row.cost = found.optional_text(at, 7);
  row.currency = found.optional_text(at, 8);
  row.params = found.optional_text(at, 9);
  row.due_at = core::wall_time(found.integer(at, 10));
  row.created_at = core::wall_time(found.integer(at, 11));
  row.attempts = static_cast<int>(found.integer(at, 12));
  row.strikes = static_cast<int>(found.integer(at, 13));
  row.refusals = static_cast<int>(found.integer(at, 14));
  row.unrecorded = static_cast<int>(found.integer(at, 15));
  return row;
}

ports::LoadedRow loaded_row(const Result& found, int at) {
  ports::LoadedRow loaded{.row = row_of(found, at), .other_waiting = {}};
  if (const auto other = found.optional_integer(at, 16)) loaded.other_waiting = {*other};
  return loaded;
}

/// The columns of fresh_rows.sql behind those of the row.
constexpr int kEntry = 17;

/// The columns of an entry begin at `first`.
std::optional<core::LedgerEntry> entry_of(const Result& found, int at, int first) {
  const auto status = core::status_named(found.view(at, first));
  if (!status) return std::nullopt;  // Nothing is known of it.
  core::LedgerEntry entry;
  entry.postback.status = *status;
  entry.postback.sent_status = found.text(at, first + 1);
  entry.postback.payout = amount(found.optional_text(at, first + 2));
  entry.postback.cost = amount(found.optional_text(at, first + 3));
  entry.postback.currency = found.text(at, first + 4);
  entry.postback.params = found.text(at, first + 5);
  if (const auto row = found.optional_integer(at, first + 6)) entry.rebilled_by = {*row};
  entry.outbox_id = {found.integer(at, first + 7)};
  return entry;
}

std::string name_in(const Result& found, int row) {
  return found.text(row, 0);
}

std::optional<core::WallTime> time_in(const Result& found) {
  return found.empty() ? std::nullopt : std::optional(core::wall_time(found.integer(0, 0)));
}

ArrayParameter values_of(std::span<const OutboxId> ids) {
  ArrayParameter values;
  for (const OutboxId id : ids) values.add(id.value);
  return values;
}

}  // namespace

PostgresqlStore::PostgresqlStore(std::string address, const Limits& limits)
    : address_(std::move(address)), limits_(limits) {
  connection();
}

PostgresqlStore::~PostgresqlStore() {
  rollback();
}

std::int64_t PostgresqlStore::round_trips() const {
  return earlier_round_trips_ + (connection_ ? connection_->round_trips() : 0);
}

/// The one that is open, or a new one.
Connection& PostgresqlStore::connection() {
  if (connection_ && !connection_->lost()) return *connection_;
  if (connection_) earlier_round_trips_ = round_trips();
  connection_.reset();
  auto opened = std::make_unique<Connection>(address_, limits_);
  check_schema(*opened);
  opened->prepare_statements();
  if (watch_ != nullptr) watch_->require_seen(*opened);
  connection_ = std::move(opened);
  pace_.at_once();
  return *connection_;
}

void PostgresqlStore::require_transactions() {
  const Transaction nothing_in_it(connection());
}

std::shared_ptr<const Share> PostgresqlStore::share() const {
  static const auto all = std::make_shared<const Share>();
  return share_ ? share_() : all;
}

/// For a parameter that is NULL where all lanes are ours: a bit for each. To look for a lane in an array
/// takes longer, and with several workers most rows that are looked at are of others.
std::optional<std::string> PostgresqlStore::lanes() {
  if (!loading_) loading_ = share();
  constexpr std::size_t kAll = ports::WorkerShare::kLanes;
  if (!loading_->lanes || loading_->lanes->size() == kAll) return std::nullopt;
  std::string bits(kAll, '0');
  for (const std::int16_t lane : *loading_->lanes) bits.at(static_cast<std::size_t>(lane)) = '1';
  return bits;
}

Result PostgresqlStore::read(Statement statement) {
  return std::move(read_all({std::move(statement)}).back());
}

/// What changes nothing needs no transaction, unless it is to see what this one has written.
std::vector<Result> PostgresqlStore::read_all(std::vector<Statement> statements) {
  if (writing_ && (!queued_.empty() || !recording_.empty())) return run_all(std::move(statements));
  return run_outside(std::move(statements));
}

/// In one round trip, without a transaction of the store's.
std::vector<Result> PostgresqlStore::run_outside(std::vector<Statement> statements) {
  Connection& open = connection();
  if (open.in_transaction()) return open.pipeline(statements);
  statements.insert(statements.begin(), {sql::few_rows});
  std::vector<Result> results = open.pipeline(statements);
  results.erase(results.begin());
  return results;
}

Result PostgresqlStore::run(Statement statement) {
  return std::move(run_all({std::move(statement)}).back());
}

/// In one round trip, with what was queued before; with them the transaction begins where it has not yet.
std::vector<Result> PostgresqlStore::run_all(std::vector<Statement> statements) {
  if (!writing_) return run_outside(std::move(statements));
  Connection& open = connection();
  record_now();
  const std::size_t wanted = statements.size();
  statements.insert(statements.begin(), std::make_move_iterator(queued_.begin()),
                    std::make_move_iterator(queued_.end()));
  queued_.clear();
  std::vector<Result> results;
  if (open.in_transaction()) {
    results = open.pipeline(statements);
  } else {
    const auto current = share();
    const bool fenced = !current->worker.empty();
    if (fenced) statements.insert(statements.begin(), {sql::own_row, Parameters().add(current->worker)});
    statements.insert(statements.begin() + (fenced ? 1 : 0), {sql::few_rows});
    results = open.begin_with(Connection::Mode::read_write, std::move(statements));
    if (fenced) require_own_row(results.front());
  }
  results.erase(results.begin(), results.end() - static_cast<std::ptrdiff_t>(wanted));
  return results;
}

void PostgresqlStore::require_own_row(const Result& found) {
  if (!found.empty()) return;
  throw LeaseLost(ports::StoreError::Kind::busy,
                  connection().name() + ": another worker has taken over what this one was to deliver");
}

// --- transactions

void PostgresqlStore::begin_read() {
  writing_ = false;
  if (watch_ != nullptr) watch_->require_no_doubt();
  ahead_.clear();
  next_due_ = {};
  connection();
}

void PostgresqlStore::begin_write() {
  if (watch_ != nullptr) watch_->require_no_doubt();
  connection();
  writing_ = true;
  ahead_.clear();
  next_due_ = {};
  queued_.clear();
  recording_ = {};
  newest_ = {};
}

void PostgresqlStore::commit(const std::function<void()>& visible) {
  if (writing_) commit_queued();
  if (connection_ && connection_->in_transaction()) connection_->commit();
  if (writing_) tell_watch();
  writing_ = false;
  tell_counts();
  if (visible) visible();
}

/// Of one that writes only after a failure: delivery does it again.
void PostgresqlStore::rollback() noexcept {
  if (std::exchange(writing_, false)) ++transactions_retried_;
  queued_.clear();
  recording_ = {};
  newest_ = {};
  if (connection_ && connection_->in_transaction()) connection_->rollback();
  tell_counts();
}

void PostgresqlStore::tell_counts() noexcept {
  if (counts_ != nullptr) counts_->count(round_trips(), transactions_retried_);
}

bool PostgresqlStore::foreign_commits() {
  const auto now = Clock::now();
  if (take_hint_ && take_hint_()) pace_.hinted(now);
  auto current = share();
  if (loading_ == current && !pace_.due(now)) return false;
  loading_ = std::move(current);
  pace_.looked(now);
  if (on_next_look_) on_next_look_(pace_.next());
  return true;
}

/// There is something to do: more may follow.
void PostgresqlStore::news() {
  pace_.news(Clock::now());
  if (on_next_look_) on_next_look_(pace_.next());
}

// --- loading

std::vector<std::string> PostgresqlStore::trackers_with_pending(std::string_view after, std::size_t limit) {
  return all_of(read({sql::trackers_with_pending, Parameters().add(after).add(as_limit(limit))}), name_in);
}

void PostgresqlStore::fresh(std::string_view tracker, OutboxId after, std::size_t limit, Known known,
                            std::vector<OutboxId>& out) {
  ahead_.clear();
  const bool whole = known == Known::none;
  const auto begun = Clock::now();
  const Result found = read({whole ? sql::fresh_rows : sql::fresh,
                             Parameters().add(tracker).add(after.value).add(as_limit(limit)).add(lanes())});
  for (int row = 0; row < found.rows(); ++row) {
    out.push_back({found.integer(row, 0)});
    if (whole) ahead_.add(loaded_row(found, row), entry_of(found, row, kEntry));
  }
  const bool more = static_cast<std::size_t>(found.rows()) >= limit;
  pace_.set_backlog(more);
  if (!found.empty()) news();
  if (more) return;
  pace_.took(Clock::now(), Clock::now() - begun);
  if (on_next_look_) on_next_look_(pace_.next());
}

void PostgresqlStore::due(std::string_view tracker, core::WallTime now, std::size_t limit,
                          std::vector<ports::DueRow>& out) {
  const auto results =
      read_all({{sql::due, Parameters().add(tracker).add(now).add(as_limit(limit)).add(lanes())},
                {sql::next_due, Parameters().add(tracker).add(now).add(lanes())}});
  const Result& found = results.front();
  for (int row = 0; row < found.rows(); ++row)
    out.push_back({{found.integer(row, 0)}, core::wall_time(found.integer(row, 1))});
  next_due_ = {std::string(tracker), now, time_in(results.back())};
}

std::optional<core::WallTime> PostgresqlStore::next_due(std::string_view tracker, core::WallTime now) {
  if (const auto known = std::exchange(next_due_, {}); known.tracker == tracker && known.after == now)
    return known.at;
  return time_in(read({sql::next_due, Parameters().add(tracker).add(now).add(lanes())}));
}

void PostgresqlStore::load_rows(std::span<const OutboxId> ids, const ports::InProgressSlot&,
                                std::vector<ports::LoadedRow>& out) {
  if (ids.empty() || ahead_.take_rows(ids, out)) return;
  const Result found = read({sql::load_rows, Parameters().add(values_of(ids)).add(lanes())});
  for (int at = 0; at < found.rows(); ++at) out.push_back(loaded_row(found, at));
}

void PostgresqlStore::ledger_entries(std::string_view tracker, std::span<const ports::LedgerLookup> lookups,
                                     const ports::InProgressSlot&,
                                     std::vector<std::optional<core::LedgerEntry>>& out) {
  ArrayParameter subids;
  ArrayParameter tids;
  bool any = false;
  for (const ports::LedgerLookup& lookup : lookups) {
    if (lookup.key == nullptr || ahead_.entry(tracker, *lookup.key) != nullptr) continue;
    subids.add(lookup.key->subid);
    tids.add(lookup.key->tid);
    any = true;
  }
  std::optional<Result> found;
  if (any) found = read({sql::ledger_entries, Parameters().add(tracker).add(subids).add(tids)});
  int at = 0;
  for (const ports::LedgerLookup& lookup : lookups) {
    const auto* known = lookup.key == nullptr ? nullptr : ahead_.entry(tracker, *lookup.key);
    if (lookup.key == nullptr) {
      out.emplace_back();
    } else if (known != nullptr) {
      out.push_back(*known);
    } else {
      out.push_back(entry_of(*found, at++, 0));
    }
  }
}

bool PostgresqlStore::has_pending(std::string_view tracker) {
  return read({sql::has_pending, Parameters().add(tracker)}).boolean(0, 0);
}

std::vector<std::string> PostgresqlStore::paused_trackers() {
  auto trackers = all_of(read({sql::paused_trackers}), name_in);
  // Here and not in SQL: the database's collation may be another order.
  std::sort(trackers.begin(), trackers.end());
  return trackers;
}

std::vector<ports::BreakerState> PostgresqlStore::open_breakers() {
  return all_of(read({sql::open_breakers}), [](const Result& found, int row) {
    ports::BreakerState state;
    state.tracker = found.text(row, 0);
    state.phase = core::CircuitBreaker::Phase::open;
    if (const auto since = found.optional_integer(row, 1)) state.since = core::wall_time(*since);
    state.reason = found.text(row, 2);
    return state;
  });
}

// --- upkeep

void PostgresqlStore::block(std::span<const ports::BlockedRow> rows) {
  if (rows.empty()) return;
  ArrayParameter ids;
  ArrayParameter waits_for;
  for (const ports::BlockedRow& row : rows) {
    ids.add(row.id.value);
    waits_for.add(row.waits_for.value);
  }
  queued_.push_back({sql::block, Parameters().add(ids).add(waits_for)});
}

bool PostgresqlStore::sweep_waiting(ports::SweepPosition& position, std::size_t limit) {
  // By itself, as mostly nothing is to be written.
  const Result clicks =
      std::move(run_outside({{sql::next_waiting_clicks,
                              Parameters().add(position.tracker).add(position.subid).add(as_limit(limit))}})
                    .back());
  if (clicks.empty()) return false;
  ArrayParameter trackers;
  ArrayParameter subids;
  bool any_blocked = false;
  for (int row = 0; row < clicks.rows(); ++row) {
    if (!clicks.boolean(row, 2)) continue;
    trackers.add(clicks.view(row, 0));
    subids.add(clicks.view(row, 1));
    any_blocked = true;
  }
  if (any_blocked) run({sql::unblock_next, Parameters().add(trackers).add(subids).add(lanes())});
  position = {clicks.text(clicks.rows() - 1, 0), clicks.text(clicks.rows() - 1, 1)};
  return clicks.rows() == as_limit(limit);
}

bool PostgresqlStore::bring_back(std::string_view tracker, core::WallTime now, core::WallTime beyond) {
  return run({sql::bring_back, Parameters().add(tracker).add(now).add(beyond).add(lanes())}).changed() > 0;
}

void PostgresqlStore::record_breaker(const ports::BreakerState& note) {
  const auto reason = note.reason.empty() ? std::nullopt : std::optional(note.reason);
  queued_.push_back({sql::record_breaker, Parameters()
                                              .add(note.tracker)
                                              .add(core::name_of(note.phase))
                                              .add(note.since)
                                              .add(note.next_try_at)
                                              .add(reason)});
}

void PostgresqlStore::forget_breakers() {
  queued_.push_back({sql::forget_breakers, Parameters().add(share()->worker)});
}

std::optional<OutboxId> PostgresqlStore::explain_waiting(std::string_view tracker, OutboxId after,
                                                         std::string_view reason, std::size_t limit) {
  const Result fresh =
      run({sql::explain_fresh, Parameters().add(tracker).add(after.value).add(reason).add(as_limit(limit))});
  const std::int64_t seen = fresh.integer(0, 0);
  if (seen > 0) after = {fresh.integer(0, 1)};
  const std::int64_t left = as_limit(limit) - seen;
  const std::int64_t due =
      left > 0 ? run({sql::explain_due, Parameters().add(tracker).add(reason).add(left)}).changed() : 0;
  return seen + due > 0 ? std::optional(after) : std::nullopt;
}

}  // namespace keitaro_outbox::postgresql
