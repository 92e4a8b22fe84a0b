#include "app/readback/compare_days.hpp"

#include <chrono>
#include <vector>

namespace keitaro_outbox::app {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kWalked = 2000;
/// A tracker's day may be ours of the time zones before and behind.
constexpr core::Millis kZones = 26h;

}  // namespace

void walk_ledger(ports::ReadBackStore& store, const std::string& tracker,
                 const std::function<void(const ports::LedgerConversion&)>& take,
                 const std::function<bool()>& stop_asked) {
  core::LedgerKey after;
  while (!stop_asked || !stop_asked()) {
    const auto some = store.walk(tracker, after, kWalked);
    for (const ports::LedgerConversion& conversion : some) take(conversion);
    if (some.size() < kWalked) return;
    after = {some.back().sent.subid, some.back().sent.tid};
  }
}

report::TrackerDrift compare_days(ports::ReadBackStore& store, const delivery::TrackerSpec& spec,
                                  TrackerApi& api, int days, core::WallTime now,
                                  const std::function<bool()>& stop_asked, std::int64_t& requests) {
  report::TrackerDrift result{.tracker = spec.rules.name, .drift = {}, .trouble = {}};
  const std::chrono::sys_days first =
      std::chrono::floor<std::chrono::days>(now) - std::chrono::days{days - 1};
  const std::string first_day = core::day_of(first);
  std::vector<core::SentConversion> sent;
  walk_ledger(
      store, spec.rules.name,
      [&](const ports::LedgerConversion& conversion) {
        const core::SentConversion& one = conversion.sent;
        const bool young = now - one.taken_in_at < spec.read_back->policy.verify_after;
        if (!young && core::day_of(one.first_taken_in_at.value_or(one.taken_in_at)) >= first_day)
          sent.push_back(one);
      },
      stop_asked);
  const ports::RecordsAnswer answer =
      api.records().all_conversions({core::WallTime{first} - kZones, now + kZones});
  requests += answer.requests;
  if (answer.asked != ports::Asked::answered) {
    result.trouble = trouble_words(answer.asked, answer.error);
    return result;
  }
  const auto sent_before = [&](const core::LedgerKey& key) {
    return store.find(spec.rules.name, key).has_value();
  };
  result.drift = core::drift_of(sent, answer.conversions, sent_before, first_day, core::day_of(now),
                                spec.read_back->policy);
  return result;
}

}  // namespace keitaro_outbox::app
