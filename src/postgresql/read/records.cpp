#include "postgresql/read/records.hpp"

#include "ports/outbox_store.hpp"

namespace keitaro_outbox::postgresql {
namespace {

std::optional<core::OutboxId> id_in(const Result& found, int row, int column) {
  const auto id = found.optional_integer(row, column);
  return id ? std::optional(core::OutboxId{*id}) : std::nullopt;
}

core::State state_in(const Result& found, int row, int column) {
  const auto state = core::state_named(found.view(row, column));
  if (state) return *state;
  throw ports::StoreError(ports::StoreError::Kind::schema,
                          "a row has the unknown state " + found.text(row, column));
}

}  // namespace

ports::RowRecord row_record(const Result& found, int row) {
  ports::RowRecord record;
  record.id = {found.integer(row, 0)};
  record.tracker = found.text(row, 1);
  record.campaign = found.optional_text(row, 2);
  record.subid = found.text(row, 3);
  record.status = found.text(row, 4);
  record.tid = found.optional_text(row, 5);
  record.payout = found.optional_text(row, 6);
  record.cost = found.optional_text(row, 7);
  record.currency = found.optional_text(row, 8);
  record.params = found.optional_text(row, 9);
  record.event_id = found.optional_text(row, 10);
  record.due_at = core::wall_time(found.integer(row, 11));
  record.created_at = core::wall_time(found.integer(row, 12));
  record.state = state_in(found, row, 13);
  record.attempts = found.integer(row, 14);
  record.strikes = found.integer(row, 15);
  record.waits_for = id_in(found, row, 16);
  record.sent_as = found.optional_text(row, 17);
  record.http_status = found.optional_integer(row, 18);
  record.response = found.optional_text(row, 19);
  record.reason = found.optional_text(row, 20);
  record.finished_at = time_in(found, row, 21);
  record.unrecorded = found.integer(row, 22);
  return record;
}

ports::ConversionRecord conversion_record(const Result& found, int row) {
  return {.tracker = found.text(row, 0),
          .subid = found.text(row, 1),
          .tid = found.text(row, 2),
          .status = found.text(row, 3),
          .sent_status = found.text(row, 4),
          .payout = found.optional_text(row, 5),
          .cost = found.optional_text(row, 6),
          .currency = found.optional_text(row, 7),
          .params = found.optional_text(row, 8),
          .rebilled_by = id_in(found, row, 9),
          .outbox_id = {found.integer(row, 10)},
          .taken_in_at = core::wall_time(found.integer(row, 11)),
          .verdict = core::verdict_named(found.view(row, 12)).value_or(core::Verdict::unchecked),
          .verdict_at = time_in(found, row, 13),
          .verdict_note = found.optional_text(row, 14),
          .check_at = time_in(found, row, 15)};
}

ports::TrackerCondition condition_record(const Result& found, int row) {
  return {.tracker = found.text(row, 0),
          .paused_at = time_in(found, row, 1),
          .breaker = found.text(row, 2),
          .breaker_at = time_in(found, row, 3),
          .next_try_at = time_in(found, row, 4),
          .reason = found.optional_text(row, 5)};
}

}  // namespace keitaro_outbox::postgresql
