#include "sqlite/read/row_record.hpp"

#include "ports/outbox_store.hpp"

namespace keitaro_outbox::sqlite {

using ports::RowRecord;

namespace {

core::State state_of(const Run& run, int column) {
  const std::string name = run.text(column);
  const auto state = core::state_named(name);
  if (!state) throw ports::StoreError(ports::StoreError::Kind::schema, "a row has the unknown state " + name);
  return *state;
}

}  // namespace

RowRecord read_row(const Run& run) {
  RowRecord row;
  row.id = {run.integer(0)};
  row.tracker = run.text(1);
  row.campaign = run.optional_text(2);
  row.subid = run.text(3);
  row.status = run.text(4);
  row.tid = run.optional_text(5);
  row.payout = run.optional_text(6);
  row.cost = run.optional_text(7);
  row.currency = run.optional_text(8);
  row.params = run.optional_text(9);
  row.event_id = run.optional_text(10);
  row.due_at = core::wall_time(run.integer(11));
  row.created_at = core::wall_time(run.integer(12));
  row.state = state_of(run, 13);
  row.attempts = run.integer(14);
  row.strikes = run.integer(15);
  if (const auto id = run.optional_integer(16)) row.waits_for = core::OutboxId{*id};
  row.sent_as = run.optional_text(17);
  row.http_status = run.optional_integer(18);
  row.response = run.optional_text(19);
  row.reason = run.optional_text(20);
  row.finished_at = run.optional_time(21);
  row.unrecorded = run.integer(22);
  return row;
}

}  // namespace keitaro_outbox::sqlite
