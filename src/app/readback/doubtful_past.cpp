#include "app/readback/doubtful_past.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
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

/// Requests under way and outcomes that are not committed, where the disk is slow, for each request that may
/// be under way (see delivery::FlightBudget).
constexpr std::size_t kUncommittedPerRequest = 20;
constexpr std::size_t kMostUnderWay = 4000;
/// Nothing is sent meanwhile.
constexpr std::chrono::minutes kLongestLookAfterPowerCut{1};

std::string_view event_of(worker::DoubtfulPast past) {
  return past == worker::DoubtfulPast::restored ? "restored_past" : "power_cut";
}

struct PendingRow {
  ports::RowRecord row;
  core::Send send;
};

/// By click id and tid as they are sent, each in order of id.
using ByConversion = std::map<std::pair<std::string, std::string>, std::vector<PendingRow>>;

/// Those that are due, in order of id: `most` of them or a few more, or all.
std::vector<ports::RowRecord> due_rows(ports::OutboxReader& reader, const std::string& tracker,
                                       std::size_t most, core::WallTime now) {
  std::vector<ports::RowRecord> due;
  core::OutboxId after = core::kBeforeAllRows;
  while (due.size() < most) {
    auto rows = reader.rows_after(
        after, {.states = {core::State::pending}, .verdict = {}, .tracker = tracker, .before = std::nullopt},
        kReadAtATime);
    if (rows.empty()) break;
    after = rows.back().id;
    for (ports::RowRecord& row : rows) {
      if (row.due_at <= now) due.push_back(std::move(row));
    }
  }
  return due;
}

/// As many of those that came first, and of those whose time has come, as can have been under way when the
/// power went.
std::vector<ports::RowRecord> rows_first_in_line(ports::OutboxReader& reader,
                                                 const delivery::TrackerSpec& spec, core::WallTime now) {
  const std::size_t most =
      std::min(kMostUnderWay, kUncommittedPerRequest * static_cast<std::size_t>(spec.concurrency));
  std::vector<ports::RowRecord> rows = due_rows(reader, spec.rules.name, most, now);
  std::set<core::OutboxId> known;
  for (const ports::RowRecord& row : rows) known.insert(row.id);
  for (ports::RowRecord& row : reader.rows_with_a_time(spec.rules.name, most)) {
    if (row.due_at <= now && known.insert(row.id).second) rows.push_back(std::move(row));
  }
  std::ranges::sort(rows, {}, &ports::RowRecord::id);
  return rows;
}

ByConversion rows_that_may_have_been_sent(ports::Outbox& outbox, const delivery::TrackerSpec& spec,
                                          worker::DoubtfulPast past, core::WallTime now) {
  const auto reader = outbox.reader();
  const bool power_cut = past == worker::DoubtfulPast::power_cut;
  auto rows = power_cut ? rows_first_in_line(*reader, spec, now)
                        : due_rows(*reader, spec.rules.name, std::numeric_limits<std::size_t>::max(), now);
  ByConversion conversions;
  for (ports::RowRecord& row : rows) {
    core::Plan plan = core::request_for(report::row_for_plan(row), spec.rules);
    if (auto* const send = std::get_if<core::Send>(&plan)) {
      auto& of_conversion = conversions[{send->key.subid, send->key.tid}];
      of_conversion.push_back({std::move(row), std::move(*send)});
    }
  }
  return conversions;
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

void resolve(worker::DoubtfulPast past, ports::OutboxStore& store, ports::Outbox& outbox,
             const delivery::TrackerSpec& spec, log::Log& log, const std::function<bool()>& give_up) {
  const core::WallTime now = ports::wall_now();
  const ByConversion conversions = rows_that_may_have_been_sent(outbox, spec, past, now);
  if (conversions.empty()) return;
  const std::string& name = spec.rules.name;
  TrackerApi api(spec, give_up);
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
      log.write(config::LogLevel::warn, event_of(past),
                {{"tracker", std::string_view(name)},
                 {"looked_up", looked_up},
                 {"recorded", recorded},
                 {"reason", "the tracker cannot be asked which of the other rows it has: they are sent"},
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
  log.write(config::LogLevel::warn, event_of(past),
            {{"tracker", std::string_view(name)},
             {"looked_up", looked_up},
             {"recorded", recorded},
             {"reason", "what the tracker has recorded is not sent again"}});
}

}  // namespace

void resolve_past(worker::DoubtfulPast past, ports::OutboxStore& store, ports::Outbox& outbox,
                  const config::Settings& settings, log::Log& log, const std::function<bool()>& stop_asked) {
  const auto until = std::chrono::steady_clock::now() + kLongestLookAfterPowerCut;
  const auto give_up = [&] {
    return stop_asked() ||
           (past == worker::DoubtfulPast::power_cut && std::chrono::steady_clock::now() >= until);
  };
  for (const delivery::TrackerSpec& spec : settings.trackers) {
    if (spec.read_back) resolve(past, store, outbox, spec, log, give_up);
  }
}

}  // namespace keitaro_outbox::app
