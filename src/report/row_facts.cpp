#include "report/row_facts.hpp"

#include <utility>

namespace keitaro_outbox::report {

RowFacts facts_of(ports::OutboxReader& reader, ports::RowRecord row, const config::Settings& settings,
                  core::WallTime now) {
  RowFacts facts;
  facts.row = std::move(row);
  facts.failed_attempts = reader.failed_attempts(facts.row.id);
  const core::LedgerKey key = ledger_key_of(facts.row, settings);
  facts.conversion = reader.conversion(facts.row.tracker, key.subid, key.tid);
  facts.condition = reader.condition(facts.row.tracker);
  facts.worker_running = reader.worker_is_running();
  facts.groups_missing = reader.groups_missing();
  facts.now = now;
  const bool pending = facts.row.state == core::State::pending;
  if (pending) {
    if (const auto earlier = reader.earlier_pending(facts.row)) facts.earlier = reader.row(*earlier);
    facts.rows_before = reader.rows_before(facts.row);
  }
  if (settings.trackers.empty()) return facts;
  // The request of a row that is done is shown as it was, whatever has come since.
  const auto last =
      pending && facts.conversion ? ledger_for_plan(*facts.conversion) : std::optional<core::LedgerEntry>();
  if (!pending) {
    const auto now_there = facts.conversion ? ledger_for_plan(*facts.conversion) : std::nullopt;
    facts.outcome_of_retry = outcome_of(facts.row, now_there, settings);
  }
  facts.outcome = outcome_of(facts.row, last, settings);
  return facts;
}

}  // namespace keitaro_outbox::report
