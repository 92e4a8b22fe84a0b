#include "report/planned_action.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/rules/plan.hpp"

namespace keitaro_outbox::report {
namespace {

Outcome not_sent(std::string_view action, std::string_view word, const std::string& reason,
                 std::optional<core::Status> sent_as) {
  return {action, word, reason, {}, {}, sent_as};
}

Outcome finished(const core::Finish& finish) {
  if (finish.state == core::State::duplicate)
    return not_sent("duplicate", "a duplicate", finish.reason, finish.sent_as);
  if (finish.state == core::State::cancelled)
    return not_sent("cancel", "cancelled", finish.reason, finish.sent_as);
  return not_sent("refuse", "refused", finish.reason, finish.sent_as);
}

std::optional<core::Amount> amount_of(const std::optional<std::string>& text) {
  return text ? core::Amount::parse(*text) : std::nullopt;
}

}  // namespace

core::Row row_for_plan(const ports::RowRecord& row) {
  return {.id = row.id,
          .tracker = row.tracker,
          .campaign = row.campaign.value_or(""),
          .subid = row.subid,
          .status = row.status,
          .tid = row.tid.value_or(""),
          .payout = row.payout,
          .cost = row.cost,
          .currency = row.currency,
          .params = row.params,
          .due_at = row.due_at,
          .created_at = row.created_at,
          .attempts = static_cast<int>(row.attempts),
          .strikes = static_cast<int>(row.strikes)};
}

std::optional<core::LedgerEntry> ledger_for_plan(const ports::ConversionRecord& conversion) {
  const auto status = core::status_named(conversion.status);
  if (!status) return std::nullopt;
  return core::LedgerEntry{.postback = {.status = *status,
                                        .sent_status = conversion.sent_status,
                                        .payout = amount_of(conversion.payout),
                                        .cost = amount_of(conversion.cost),
                                        .currency = conversion.currency.value_or(""),
                                        .params = conversion.params.value_or("")},
                           .outbox_id = conversion.outbox_id,
                           .rebilled = conversion.rebilled};
}

Outcome outcome_of(const ports::RowRecord& row, const std::optional<core::LedgerEntry>& last,
                   const config::Settings& settings) {
  const auto spec = std::ranges::find_if(settings.trackers, [&](const delivery::TrackerSpec& due_row) {
    return due_row.rules.name == row.tracker;
  });
  if (spec == settings.trackers.end()) {
    return not_sent("wait", "waits", "the configuration lacks the tracker " + row.tracker, std::nullopt);
  }
  const core::Row planned = row_for_plan(row);
  const core::Plan plan = core::plan(planned, last, spec->rules);
  if (const auto* finish = std::get_if<core::Finish>(&plan)) return finished(*finish);
  const auto& send = std::get<core::Send>(plan);
  core::ShownRequest request = core::shown_request(planned, send, spec->rules);
  return {"send",
          "sent",
          {},
          std::move(request.url),
          std::move(request.params),
          send.postback.status,
          std::move(request.left_out)};
}

}  // namespace keitaro_outbox::report
