#include "report/status/status_json.hpp"

#include "report/row_json.hpp"

namespace keitaro_outbox::report {
namespace {

constexpr std::size_t kReasonsTold = 20;

Json json_of_reasons(const core::ReasonGroups& groups) {
  Json out = Json::array();
  for (const auto& group : groups.top(kReasonsTold))
    out.push_back({{"reason", group.text}, {"rows", group.rows}});
  return out;
}

Json json_of_payout(const std::map<std::string, core::AmountSum>& payout) {
  Json out = Json::array();
  for (const auto& [currency, amount] : payout) {
    out.push_back(
        {{"currency", currency.empty() ? Json(nullptr) : Json(currency)}, {"amount", amount.text()}});
  }
  return out;
}

Json json_of_breaker(const ports::TrackerCondition& condition) {
  return {{"phase", condition.breaker},
          {"since", json_of(condition.breaker_at)},
          {"next_try_at", json_of(condition.next_try_at)},
          {"reason", json_of(condition.reason)}};
}

Json json_of_pace(const std::optional<Pace>& pace) {
  if (!pace) return nullptr;
  return {{"finished_per_second", pace->finished_per_second},
          {"empty_in_ms", pace->drained_in ? Json(pace->drained_in->count()) : Json(nullptr)},
          {"grows", pace->grows}};
}

Json json_of_view(const TrackerView& view) {
  Json out{{"tracker", view.tracker}, {"known", json_of(view.known)}};
  for (const core::State state : kAllStates) out[std::string(core::name_of(state))] = view.in(state);
  out["due"] = view.due;
  out["in_backoff"] = view.in_backoff;
  out["scheduled"] = view.scheduled;
  out["behind"] = view.behind;
  out["oldest_due_at"] = json_of(view.oldest_due_at);
  out["oldest_pending_at"] = json_of(view.oldest_pending_at);
  out["next_retry_at"] = json_of(view.next_retry_at);
  out["next_scheduled_at"] = json_of(view.next_scheduled_at);
  out["pending_payout"] = json_of_payout(view.pending_payout);
  out["paused_at"] = json_of(view.condition.paused_at);
  out["breaker"] = json_of_breaker(view.condition);
  out["pace"] = json_of_pace(view.pace);
  out["reasons"] = {{"pending", json_of_reasons(view.pending_reasons)},
                    {"refused", json_of_reasons(view.refused_reasons)},
                    {"dead", json_of_reasons(view.dead_reasons)}};
  out["delivered_without_sentinel"] = view.without_sentinel;
  return out;
}

}  // namespace

Json status_json(const Overview& overview) {
  Json json{{"at", core::unix_millis(overview.at)},
            {"unsure", overview.unsure.empty() ? Json(nullptr) : Json(overview.unsure)},
            {"worker_running", json_of(overview.worker_running)},
            {"groups_missing", overview.groups_missing},
            {"pending_rows_read_at", core::unix_millis(overview.pending_read_at)},
            {"pending_rows_all_read", overview.pending_whole},
            {"finished_rows_counted_at", core::unix_millis(overview.finished_read_at)},
            {"finished_rows_all_counted", overview.finished_whole},
            {"trackers", Json::array()}};
  if (!overview.workers.empty()) json["workers"] = Json::array();
  for (const ports::WorkerRecord& worker : overview.workers) {
    json["workers"].push_back({{"host", worker.host},
                               {"pid", worker.pid},
                               {"lanes", worker.lanes},
                               {"started_at", core::unix_millis(worker.started_at)},
                               {"lease_ends_in_ms", worker.lasts.count()}});
  }
  for (const TrackerView& view : overview.trackers) json["trackers"].push_back(json_of_view(view));
  return json;
}

}  // namespace keitaro_outbox::report
