#include "report/planned_action.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/rules/plan.hpp"

namespace keitaro_outbox::report {
namespace {

Outcome not_sent(std::string_view action, std::string_view word, const std::string& reason,
                 std::optional<core::Status> sent_as) {
  Outcome outcome;
  outcome.action = action;
  outcome.word = word;
  outcome.reason = reason;
  outcome.sent_as = sent_as;
  return outcome;
}

Cause cause_of(const core::Finish& finish, const core::Row& row, const core::TrackerRules& rules) {
  if (finish.moved_from) return Cause::move;
  if (finish.sent_as == core::Status::rebill && row.tid.empty()) return Cause::rebill_without_tid;
  if (finish.sent_as) return Cause::other;
  return rules.templates.set_for(row.campaign) != nullptr ? Cause::no_template : Cause::unknown_status;
}

Outcome finished(const core::Finish& finish, const core::Row& row, const core::TrackerRules& rules) {
  if (finish.state == core::State::duplicate)
    return not_sent("duplicate", "a duplicate", finish.reason, finish.sent_as);
  if (finish.state == core::State::cancelled)
    return not_sent("cancel", "cancelled", finish.reason, finish.sent_as);
  Outcome refused = not_sent("refuse", "refused", finish.reason, finish.sent_as);
  refused.cause = cause_of(finish, row, rules);
  if (finish.moved_from && finish.sent_as)
    refused.move = std::string(name_of(*finish.moved_from)) + "->" + std::string(name_of(*finish.sent_as));
  return refused;
}

const delivery::TrackerSpec* spec_named(const std::string& tracker, const config::Settings& settings) {
  const auto spec = std::ranges::find_if(settings.trackers, [&](const delivery::TrackerSpec& candidate) {
    return candidate.rules.name == tracker;
  });
  return spec == settings.trackers.end() ? nullptr : &*spec;
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
          .strikes = static_cast<int>(row.strikes),
          .unrecorded = static_cast<int>(row.unrecorded)};
}

core::LedgerKey ledger_key_of(const ports::RowRecord& row, const config::Settings& settings) {
  if (const delivery::TrackerSpec* const spec = spec_named(row.tracker, settings)) {
    const core::Plan request = core::request_for(row_for_plan(row), spec->rules);
    if (const auto* send = std::get_if<core::Send>(&request)) return send->key;
  }
  return {row.subid, row.tid.value_or("")};
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
                           .rebilled_by = conversion.rebilled_by};
}

Outcome outcome_of(const ports::RowRecord& row, const std::optional<core::LedgerEntry>& last,
                   const config::Settings& settings) {
  const delivery::TrackerSpec* const spec = spec_named(row.tracker, settings);
  if (spec == nullptr) {
    return not_sent("wait", "waits", "the configuration lacks the tracker " + row.tracker, std::nullopt);
  }
  const core::Row planned = row_for_plan(row);
  const core::Plan plan = core::plan(planned, last, spec->rules);
  if (const auto* finish = std::get_if<core::Finish>(&plan)) return finished(*finish, planned, spec->rules);
  const auto& send = std::get<core::Send>(plan);
  core::ShownRequest request = core::shown_request(planned, send, spec->rules);
  Outcome outcome;
  outcome.action = "send";
  outcome.word = "sent";
  outcome.url = std::move(request.url);
  outcome.params = std::move(request.params);
  outcome.sent_as = send.postback.status;
  outcome.left_out = std::move(request.left_out);
  return outcome;
}

}  // namespace keitaro_outbox::report
