#include "report/row_json.hpp"

#include <utility>

namespace keitaro_outbox::report {

void print_json(std::ostream& out, const Json& json) {
  out << json.page() << '\n';
}

void print_json_line(std::ostream& out, const Json& json) {
  out << json.line() << '\n';
}

Json json_of(const std::optional<core::WallTime>& time) {
  return time ? Json(core::unix_millis(*time)) : Json(nullptr);
}

Json json_of(const ports::RowRecord& row) {
  Json waits_for = nullptr;
  if (row.waits_for) waits_for = row.waits_for->value;
  return Json{{"id", row.id.value},
              {"tracker", row.tracker},
              {"campaign", json_of(row.campaign)},
              {"subid", row.subid},
              {"status", row.status},
              {"tid", json_of(row.tid)},
              {"payout", json_of(row.payout)},
              {"cost", json_of(row.cost)},
              {"currency", json_of(row.currency)},
              {"params", json_of(row.params)},
              {"event_id", json_of(row.event_id)},
              {"due_at", core::unix_millis(row.due_at)},
              {"created_at", core::unix_millis(row.created_at)},
              {"state", core::name_of(row.state)},
              {"attempts", row.attempts},
              {"strikes", row.strikes},
              {"waits_for", std::move(waits_for)},
              {"sent_as", json_of(row.sent_as)},
              {"http_status", json_of(row.http_status)},
              {"response", json_of(row.response)},
              {"reason", json_of(row.reason)},
              {"finished_at", json_of(row.finished_at)}};
}

Json json_of(const ports::AttemptRecord& attempt) {
  return Json{{"attempt", attempt.attempt},
              {"started_at", core::unix_millis(attempt.started_at)},
              {"latency_ms", attempt.latency.count()},
              {"http_status", json_of(attempt.http_status)},
              {"error", attempt.error},
              {"response", json_of(attempt.response)}};
}

Json json_of(const ports::ConversionRecord& conversion) {
  return Json{{"tracker", conversion.tracker},
              {"subid", conversion.subid},
              {"tid", conversion.tid},
              {"status", conversion.status},
              {"sent_status", conversion.sent_status},
              {"payout", json_of(conversion.payout)},
              {"cost", json_of(conversion.cost)},
              {"currency", json_of(conversion.currency)},
              {"params", json_of(conversion.params)},
              {"rebilled_by", conversion.rebilled_by ? Json(conversion.rebilled_by->value) : Json(nullptr)},
              {"outbox_id", conversion.outbox_id.value},
              {"taken_in_at", core::unix_millis(conversion.taken_in_at)},
              {"verdict", core::name_of(conversion.verdict)},
              {"verdict_at", json_of(conversion.verdict_at)},
              {"verdict_note", json_of(conversion.verdict_note)},
              {"check_at", json_of(conversion.check_at)}};
}

}  // namespace keitaro_outbox::report
