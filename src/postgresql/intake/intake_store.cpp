#include "postgresql/intake/intake_store.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "core/rules/conversion_rules.hpp"
#include "postgresql/admin/append_row.hpp"
#include "postgresql/embedded_sql.hpp"
#include "postgresql/schema/migrator.hpp"

namespace keitaro_outbox::postgresql {
namespace {

using ports::IntakeItem;
using ports::IntakeOutcome;
using ports::SpoolPosition;

/// A sender waits for the answer, and should hear that it cannot be kept before it gives up.
constexpr Limits kIntakeLimits{.connecting = core::Millis{2'000},
                               .answer = core::Millis{4'000},
                               .statement = core::Millis{3'000},
                               .lock = core::Millis{2'000},
                               .idle_in_transaction = core::Millis{4'000}};

/// Between two questions after a transaction that is still being committed.
constexpr std::chrono::milliseconds kAskAgain{100};
constexpr int kAskedAtMost = 20;

constexpr const char* kTakenAway =
    "the database turned it away: a trigger on outbox left no row and gave no reason";

std::string fault_of(const SqlError& error) {
  if (!error.constraint().empty() && error.is_check_violation())
    return core::words_of_rule(error.constraint());
  return std::string("the database turned it away: ") + error.what();
}

std::optional<std::string> broken_rule_of(const IntakeItem& item) {
  if (!item.conversion) return item.broken_rule;
  const auto rule = core::broken_rule(columns_of(*item.conversion));
  return rule ? std::optional(core::words_of_rule(*rule)) : std::nullopt;
}

Statement keeping(const SpoolPosition& position) {
  return {sql::keep_spool_position, Parameters().add(position.spool_id).add(position.taken)};
}

Statement keeping_reject(const IntakeItem& item, const std::string& reason) {
  return {sql::keep_reject, Parameters()
                                .add(core::wall_time(item.received_at))
                                .add(item.source)
                                .add(item.method)
                                .add(item.query)
                                .add(item.body)
                                .add(reason)};
}

}  // namespace

IntakeStore::IntakeStore(std::string address) : address_(std::move(address)) {
  connection();
}

Connection& IntakeStore::connection() {
  if (connection_ && !connection_->lost()) return *connection_;
  connection_.reset();
  auto opened = std::make_unique<Connection>(address_, kIntakeLimits);
  check_schema(*opened);
  connection_ = std::move(opened);
  return *connection_;
}

/// With the transaction's number, and as durable as this server's commits can be: an answer of 200 rests on
/// it.
std::vector<Result> IntakeStore::begin(core::Millis wait, std::vector<Statement> statements) {
  statements.insert(statements.begin(),
                    {sql::intake_begin, Parameters().add(std::max<std::int64_t>(wait.count(), 1))});
  std::vector<Result> results = connection().begin_with(Connection::Mode::read_write, std::move(statements));
  transaction_ = results.front().text(0, 0);
  results.erase(results.begin());
  return results;
}

std::vector<IntakeOutcome> IntakeStore::commit(std::span<const IntakeItem> group, core::Millis wait,
                                               const std::optional<SpoolPosition>& position) {
  try {
    if (auto outcomes = keep_all(group, wait, position)) return *std::move(outcomes);
    begin(wait, {});
    std::vector<IntakeOutcome> outcomes;
    outcomes.reserve(group.size());
    for (const IntakeItem& item : group) outcomes.push_back(keep(item));
    if (position) connection().run(keeping(*position));
    commit_for_certain();
    return outcomes;
  } catch (...) {
    if (connection_ && connection_->in_transaction()) connection_->rollback();
    throw;
  }
}

/// All in two round trips, where none of the items is unusual; nullopt, and nothing kept, where one is.
std::optional<std::vector<IntakeOutcome>> IntakeStore::keep_all(
    std::span<const IntakeItem> group, core::Millis wait, const std::optional<SpoolPosition>& position) {
  std::vector<Statement> statements;
  std::vector<IntakeOutcome> outcomes;
  for (const IntakeItem& item : group) {
    if (auto rule = broken_rule_of(item)) {
      statements.push_back(keeping_reject(item, *rule));
      outcomes.emplace_back(ports::RowRejected{*std::move(rule)});
    } else {
      statements.push_back(appending(*item.conversion));
      outcomes.emplace_back(ports::RowStored{});
    }
  }
  if (position) statements.push_back(keeping(*position));
  try {
    const std::vector<Result> results = begin(wait, std::move(statements));
    ArrayParameter events;
    std::int64_t asked = 0;
    for (std::size_t i = 0; i < group.size(); ++i) {
      if (results[i].changed() > 0) continue;
      // Only an event that is there already leaves no row.
      if (!std::holds_alternative<ports::RowStored>(outcomes[i]) || group[i].conversion->event_id.empty()) {
        connection().rollback();
        return std::nullopt;
      }
      outcomes[i] = ports::EventKnown{};
      events.add(group[i].conversion->event_id);
      ++asked;
    }
    if (asked > 0 && connection().run({sql::count_events, Parameters().add(events)}).integer(0, 0) < asked) {
      connection().rollback();
      return std::nullopt;
    }
  } catch (const SqlError& error) {
    connection().rollback();
    if (!error.speaks_of_a_row()) throw;
    return std::nullopt;
  }
  commit_for_certain();
  return outcomes;
}

IntakeOutcome IntakeStore::keep(const IntakeItem& item) {
  if (const auto rule = broken_rule_of(item)) return reject(item, *rule);
  std::string reason = kTakenAway;
  try {
    const std::vector<Result> results =
        connection().pipeline({{"SAVEPOINT item"}, appending(*item.conversion)});
    if (results[1].changed() > 0) return ports::RowStored{};
    const std::string& event = item.conversion->event_id;
    if (!event.empty() && !connection().run({sql::read_event, Parameters().add(event)}).empty())
      return ports::EventKnown{};
  } catch (const SqlError& error) {
    if (!error.speaks_of_a_row()) throw;
    reason = fault_of(error);
  }
  connection().run(std::string("ROLLBACK TO SAVEPOINT item"));
  return reject(item, reason);
}

/// The application may have a trigger on this table, too: calls that are good must not suffer for it.
IntakeOutcome IntakeStore::reject(const IntakeItem& item, const std::string& reason) {
  std::string why = reason + "; and intake_rejects did not take it";
  try {
    const std::vector<Result> results =
        connection().pipeline({{"SAVEPOINT reject"}, keeping_reject(item, reason)});
    if (results[1].changed() > 0) return ports::RowRejected{reason};
  } catch (const SqlError& error) {
    if (!error.speaks_of_a_row()) throw;
    connection().run(std::string("ROLLBACK TO SAVEPOINT reject"));
    why += std::string(": ") + error.what();
  }
  return ports::RejectNotKept{std::move(why)};
}

/// A sender that is told of a failure calls again: what was committed all the same would be a row twice.
void IntakeStore::commit_for_certain() {
  try {
    connection().commit();
    return;
  } catch (const ConnectionLost&) {
    std::string status;
    try {
      for (int asked = 0; asked < kAskedAtMost; ++asked) {
        status = connection().run({sql::transaction_status, Parameters().add(transaction_)}).text(0, 0);
        if (status != "in progress") break;
        std::this_thread::sleep_for(kAskAgain);
      }
    } catch (const ports::StoreError&) {
      // It cannot be told.
    }
    if (status == "committed") return;
    throw;
  }
}

std::optional<SpoolPosition> IntakeStore::spool_position(std::string_view spool_id) {
  const Result found = connection().run({sql::read_spool_position, Parameters().add(spool_id)});
  if (found.empty()) return std::nullopt;
  return SpoolPosition{std::string(spool_id), found.integer(0, 0)};
}

}  // namespace keitaro_outbox::postgresql
