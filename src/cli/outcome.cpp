#include "cli/outcome.hpp"

#include <algorithm>
#include <variant>

#include "core/plan.hpp"

namespace keitaro_outbox::cli {
namespace {

Outcome not_sent(std::string_view action, std::string_view word, const std::string& reason,
                 std::optional<core::Status> sent_as) {
  return {action, word, reason, {}, {}, sent_as};
}

}  // namespace

Outcome outcome_of(const sqlite::InspectedRow& row, const std::optional<core::LedgerEntry>& last,
                   const app::Settings& settings) {
  const auto spec = std::ranges::find_if(settings.trackers, [&](const delivery::TrackerSpec& candidate) {
    return candidate.rules.name == row.tracker;
  });
  if (spec == settings.trackers.end()) {
    return not_sent("wait", "waits", "the configuration lacks the tracker " + row.tracker, std::nullopt);
  }
  const core::Plan plan = core::plan(sqlite::row_for_plan(row), last, spec->rules);
  if (const auto* finish = std::get_if<core::Finish>(&plan)) {
    const bool duplicate = finish->state == core::State::duplicate;
    return not_sent(duplicate ? "duplicate" : "refuse", duplicate ? "a duplicate" : "refused", finish->reason,
                    finish->sent_as);
  }
  const auto& send = std::get<core::Send>(plan);
  return {"send", "sent", {}, spec->rules.url.redacted_with(send.query), send.query, send.postback.status};
}

}  // namespace keitaro_outbox::cli
