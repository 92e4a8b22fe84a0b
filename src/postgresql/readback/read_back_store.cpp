#include "postgresql/readback/read_back_store.hpp"

#include "core/text/column_values.hpp"
#include "postgresql/embedded_sql.hpp"
#include "postgresql/read/records.hpp"
#include "postgresql/schema/migrator.hpp"

namespace keitaro_outbox::postgresql {
namespace {

using ports::ConcludedConversion;
using ports::LedgerConversion;

Limits limits_for(core::Millis busy_limit) {
  Limits limits;
  limits.lock = busy_limit;
  return limits;
}

core::Status status_of(std::string_view name) {
  if (const auto status = core::status_named(name)) return *status;
  throw ports::StoreError(ports::StoreError::Kind::schema,
                          "a conversion has the unknown status " + std::string(name));
}

LedgerConversion conversion_of(const Result& found, int row) {
  LedgerConversion conversion;
  core::SentConversion& sent = conversion.sent;
  sent.subid = found.text(row, 0);
  sent.tid = found.text(row, 1);
  sent.status = status_of(found.view(row, 2));
  sent.sent_status = found.text(row, 3);
  sent.payout = core::Amount::parse(found.view(row, 4));
  sent.currency = found.text(row, 5);
  sent.outbox_id = {found.integer(row, 6)};
  sent.taken_in_at = core::wall_time(found.integer(row, 7));
  sent.first_taken_in_at = time_in(found, row, 8);
  sent.check_at = time_in(found, row, 9).value_or(core::WallTime{});
  sent.looked_at = time_in(found, row, 10);
  sent.note = found.text(row, 11);
  conversion.verdict = core::verdict_named(found.view(row, 12)).value_or(core::Verdict::unchecked);
  return conversion;
}

Statement concluding(std::string_view tracker, std::span<const ConcludedConversion> concluded,
                     core::WallTime now) {
  ArrayParameter subid, tid, outbox_id, taken_in_at, verdict, note, check_at;
  for (const auto& [sent, conclusion] : concluded) {
    subid.add(sent.subid);
    tid.add(sent.tid);
    outbox_id.add(sent.outbox_id.value);
    taken_in_at.add(sent.taken_in_at);
    verdict.add(core::name_of(conclusion.verdict));
    note.add(core::unless_empty(conclusion.note));
    check_at.add(conclusion.check_at);
  }
  return {sql::readback_conclude, Parameters()
                                      .add(tracker)
                                      .add(now)
                                      .add(subid)
                                      .add(tid)
                                      .add(outbox_id)
                                      .add(taken_in_at)
                                      .add(verdict)
                                      .add(note)
                                      .add(check_at)};
}

}  // namespace

ReadBackStore::ReadBackStore(const std::string& address, core::Millis busy_limit,
                             const ports::WorkerShare* share)
    : connection_(address, limits_for(busy_limit)), share_(share) {
  check_schema(connection_);
}

/// Those to ask for; nullopt for all.
std::optional<ArrayParameter> ReadBackStore::lanes() const {
  if (share_ == nullptr) return std::nullopt;
  const ports::WorkerShare::Lanes mine = share_->lanes();
  if (mine.all()) return std::nullopt;
  ArrayParameter lanes;
  for (std::size_t lane = 0; lane < mine.size(); ++lane) {
    if (mine[lane]) lanes.add(lane);
  }
  return lanes;
}

/// In a transaction, which has the limit for locks.
std::int64_t ReadBackStore::change(const Statement& statement) {
  Transaction transaction(connection_);
  const std::int64_t changed = connection_.run(statement).changed();
  transaction.commit();
  return changed;
}

std::vector<core::SentConversion> ReadBackStore::due(std::string_view tracker, core::WallTime now,
                                                     std::size_t limit) {
  return all_of(
      connection_.run({sql::readback_due, Parameters().add(tracker).add(now).add(limit).add(lanes())}),
      [](const Result& found, int row) { return conversion_of(found, row).sent; });
}

std::optional<core::WallTime> ReadBackStore::next_check(std::string_view tracker) {
  const Result found = connection_.run({sql::readback_next, Parameters().add(tracker).add(lanes())});
  return found.empty() ? std::nullopt : time_in(found, 0, 0);
}

/// All at once. Where a trigger of the application, say, turns one away, the others are written all the same,
/// and what it said is thrown.
std::int64_t ReadBackStore::write(std::string_view tracker, std::span<const ConcludedConversion> concluded,
                                  core::WallTime now) {
  if (concluded.empty()) return 0;
  try {
    return change(concluding(tracker, concluded, now));
  } catch (const SqlError& error) {
    if (!error.speaks_of_a_row() || concluded.size() == 1) throw;
  }
  std::int64_t changed = 0;
  std::optional<SqlError> trouble;
  for (const ConcludedConversion& one : concluded) {
    try {
      changed += change(concluding(tracker, {&one, 1}, now));
    } catch (const SqlError& error) {
      if (!error.speaks_of_a_row()) throw;
      trouble = error;
    }
  }
  if (trouble) throw SqlError(*trouble);
  return changed;
}

std::optional<core::WallTime> ReadBackStore::shown_at(std::string_view tracker) {
  const Result found = connection_.run({sql::readback_shown, Parameters().add(tracker)});
  return found.empty() ? std::nullopt : time_in(found, 0, 0);
}

void ReadBackStore::note_shown(std::string_view tracker, core::WallTime at) {
  change({sql::readback_note_shown, Parameters().add(tracker).add(at)});
}

std::vector<LedgerConversion> ReadBackStore::walk(std::string_view tracker, const core::LedgerKey& after,
                                                  std::size_t limit) {
  return all_of(connection_.run({sql::readback_walk,
                                 Parameters().add(tracker).add(after.subid).add(after.tid).add(limit)}),
                conversion_of);
}

std::optional<LedgerConversion> ReadBackStore::find(std::string_view tracker, const core::LedgerKey& key) {
  const Result found =
      connection_.run({sql::readback_find, Parameters().add(tracker).add(key.subid).add(key.tid)});
  return found.empty() ? std::nullopt : std::optional(conversion_of(found, 0));
}

std::int64_t ReadBackStore::ask(std::string_view tracker, std::span<const core::LedgerKey> keys,
                                core::WallTime now) {
  if (keys.empty()) return 0;
  ArrayParameter subids, tids;
  for (const core::LedgerKey& key : keys) {
    subids.add(key.subid);
    tids.add(key.tid);
  }
  return change({sql::readback_ask, Parameters().add(tracker).add(now).add(subids).add(tids)});
}

std::array<std::int64_t, core::kVerdicts> ReadBackStore::in_doubt(std::string_view tracker) {
  std::array<std::int64_t, core::kVerdicts> counts{};
  const Result found = connection_.run({sql::readback_in_doubt, Parameters().add(tracker)});
  for (int row = 0; row < found.rows(); ++row) {
    if (const auto verdict = core::verdict_named(found.view(row, 0)))
      counts.at(static_cast<std::size_t>(*verdict)) = found.integer(row, 1);
  }
  return counts;
}

}  // namespace keitaro_outbox::postgresql
