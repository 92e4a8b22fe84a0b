#include "app/readback/restored_past.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "app/readback/tracker_api.hpp"
#include "core/readback/restored_row.hpp"
#include "core/readback/schedule.hpp"
#include "core/rules/plan.hpp"
#include "ports/clock.hpp"
#include "report/planned_action.hpp"

namespace keitaro_outbox::app {
namespace {

constexpr std::int64_t kReadAtATime = 1000;

struct PendingRow {
  ports::RowRecord row;
  core::Send send;
};

/// By click id and tid as they are sent, each in order of id.
using ByConversion = std::map<std::pair<std::string, std::string>, std::vector<PendingRow>>;

ByConversion rows_that_may_have_been_sent(ports::Outbox& outbox, const delivery::TrackerSpec& spec,
                                          core::WallTime now) {
  ByConversion conversions;
  const auto reader = outbox.reader();
  core::OutboxId after = core::kBeforeAllRows;
  while (true) {
    const auto rows = reader->rows_after(
        after,
        {.states = {core::State::pending}, .verdict = {}, .tracker = spec.rules.name, .before = std::nullopt},
        kReadAtATime);
    if (rows.empty()) return conversions;
    after = rows.back().id;
    for (const ports::RowRecord& row : rows) {
      if (row.due_at > now) continue;
      core::Plan plan = core::request_for(report::row_for_plan(row), spec.rules);
      if (auto* const send = std::get_if<core::Send>(&plan)) {
        auto& of_conversion = conversions[{send->key.subid, send->key.tid}];
        of_conversion.push_back({row, std::move(*send)});
      }
    }
  }
}

/// Writes that the tracker has them.
void record(ports::OutboxStore& store, const delivery::TrackerSpec& spec, const std::vector<PendingRow>& rows,
            core::WallTime now) {
  std::vector<ports::RowResult> results(rows.size());
  std::vector<core::LedgerEntry> entries(rows.size());
  std::vector<ports::OutcomeRecord> records;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& [row, send] = rows[i];
    results[i].id = row.id;
    results[i].created_at = row.created_at;
    results[i].state = core::State::delivered;
    results[i].attempts = static_cast<int>(row.attempts);
    results[i].strikes = static_cast<int>(row.strikes);
    results[i].sent_as = send.postback.status;
    results[i].now = now;
    entries[i] = {
        .postback = send.postback,
        .outbox_id = row.id,
        .rebilled_by = send.postback.status == core::Status::rebill ? std::optional(row.id) : std::nullopt};
    records.push_back({.click = {spec.rules.name, row.subid},
                       .id = row.id,
                       .result = &results[i],
                       .taken_in = &entries[i],
                       .key = &send.key,
                       .check_at = now + spec.read_back->policy.verify_after,
                       .unblock_next = true});
  }
  store.begin_write();
  store.record(records, {});
  store.commit();
}

void resolve(ports::OutboxStore& store, ports::Outbox& outbox, const delivery::TrackerSpec& spec,
             log::Log& log) {
  const core::WallTime now = ports::wall_now();
  const ByConversion conversions = rows_that_may_have_been_sent(outbox, spec, now);
  if (conversions.empty()) return;
  const std::string& name = spec.rules.name;
  TrackerApi api(spec, {});
  std::int64_t looked_up = 0;
  std::int64_t recorded = 0;
  std::size_t limit = core::kMostInBatch;
  for (auto next = conversions.begin(); next != conversions.end();) {
    std::set<std::string> subids;
    auto end = next;
    for (; end != conversions.end() && (subids.size() < limit || subids.contains(end->first.first)); ++end)
      subids.insert(end->first.first);
    const std::vector<std::string> asked(subids.begin(), subids.end());
    const ports::RecordsAnswer answer =
        api.records().conversions(asked, {now - core::kLongestReach, now + core::kRangeMargin});
    if (answer.asked == ports::Asked::too_much && limit > 1) {
      limit /= 2;
      continue;
    }
    if (answer.asked != ports::Asked::answered) {
      log.write(config::LogLevel::warn, "restored_past",
                {{"tracker", std::string_view(name)},
                 {"reason", "the tracker cannot be asked which rows it has: they are sent"},
                 {"error", std::string_view(answer.error)}});
      return;
    }
    std::vector<PendingRow> there;
    for (; next != end; ++next) {
      std::vector<core::Postback> postbacks;
      for (const PendingRow& row : next->second) postbacks.push_back(row.send.postback);
      const std::size_t sent = core::rows_recorded(postbacks, next->first.first, next->first.second,
                                                   answer.conversions, spec.read_back->policy.currency);
      there.insert(there.end(), next->second.begin(),
                   next->second.begin() + static_cast<std::ptrdiff_t>(sent));
      looked_up += static_cast<std::int64_t>(next->second.size());
    }
    recorded += static_cast<std::int64_t>(there.size());
    if (!there.empty()) record(store, spec, there, now);
  }
  log.write(config::LogLevel::warn, "restored_past",
            {{"tracker", std::string_view(name)},
             {"looked_up", looked_up},
             {"recorded", recorded},
             {"reason", "what the tracker has recorded is not sent again"}});
}

}  // namespace

void resolve_restored_past(ports::OutboxStore& store, ports::Outbox& outbox, const config::Settings& settings,
                           log::Log& log) {
  for (const delivery::TrackerSpec& spec : settings.trackers) {
    if (spec.read_back) resolve(store, outbox, spec, log);
  }
}

}  // namespace keitaro_outbox::app
