#include "readback/model_tracker.hpp"

#include <algorithm>
#include <functional>

#include "core/text/amount.hpp"
#include "ports/outbox_store.hpp"

namespace keitaro_outbox::readback_tests {

using namespace std::chrono_literals;
using ports::Asked;

void ModelClock::advance_to(WallTime time) {
  while (!events_.empty() && events_.begin()->first <= time) {
    auto node = events_.extract(events_.begin());
    now_ = std::max(now_, node.key());
    node.mapped()();
  }
  now_ = std::max(now_, time);
}

void ModelStore::set_check(const Key& key, Entry& entry, std::optional<WallTime> at) {
  if (entry.check_at) checks_.erase({*entry.check_at, key});
  entry.check_at = at;
  if (at) checks_.insert({*at, key});
}

void ModelStore::take_in(core::SentConversion sent, std::optional<WallTime> check_at) {
  const Key key{sent.subid, sent.tid};
  Entry& entry = entries_[key];
  sent.first_taken_in_at = entry.sent.subid.empty() ? sent.taken_in_at : entry.sent.first_taken_in_at;
  entry.sent = std::move(sent);
  entry.verdict = core::Verdict::unchecked;
  set_check(key, entry, check_at);
}

std::vector<core::SentConversion> ModelStore::due(std::string_view, WallTime now, std::size_t limit) {
  std::vector<core::SentConversion> found;
  for (const auto& [at, key] : checks_) {
    if (at > now || found.size() == limit) break;
    found.push_back(entries_.at(key).sent);
    found.back().check_at = at;
  }
  return found;
}

std::optional<WallTime> ModelStore::next_check(std::string_view) {
  return checks_.empty() ? std::nullopt : std::optional(checks_.begin()->first);
}

std::int64_t ModelStore::write(std::string_view, std::span<const ports::ConcludedConversion> concluded,
                               WallTime now) {
  if (fails && fails()) throw ports::StoreError(ports::StoreError::Kind::busy, "locked");
  std::int64_t changed = 0;
  for (const auto& [sent, conclusion] : concluded) {
    const Key key{sent.subid, sent.tid};
    Entry& entry = entries_.at(key);
    if (entry.sent.outbox_id != sent.outbox_id || entry.sent.taken_in_at != sent.taken_in_at) continue;
    entry.verdict = conclusion.verdict;
    entry.sent.looked_at = now;
    entry.sent.note = conclusion.note;
    set_check(key, entry, conclusion.check_at);
    if (on_verdict) on_verdict(entry);
    ++changed;
  }
  return changed;
}

std::vector<ports::LedgerConversion> ModelStore::walk(std::string_view, const core::LedgerKey& after,
                                                      std::size_t limit) {
  std::vector<ports::LedgerConversion> found;
  for (auto it = entries_.upper_bound({after.subid, after.tid}); it != entries_.end(); ++it) {
    if (found.size() == limit) break;
    found.push_back({it->second.sent, it->second.verdict});
  }
  return found;
}

std::optional<ports::LedgerConversion> ModelStore::find(std::string_view, const core::LedgerKey& key) {
  const auto found = entries_.find({key.subid, key.tid});
  if (found == entries_.end()) return std::nullopt;
  return ports::LedgerConversion{found->second.sent, found->second.verdict};
}

/// Time passes; then what becomes of the request.
Asked ModelTracker::request(std::size_t ids) {
  ++requests;
  asked_for += static_cast<std::int64_t>(ids);
  clock_.advance_to(clock_.wall() + 1s);  // The client's pace.
  for (const auto& [from, to, asked] : nature_.spells) {
    if (clock_.wall() < from || clock_.wall() >= to) continue;
    if (asked == Asked::too_much) clock_.advance_to(clock_.wall() + 30s);  // Without an answer.
    return asked;
  }
  if (ids > nature_.most_ids) return Asked::too_much;
  if (chance() < nature_.fails) return Asked::failed;
  return Asked::answered;
}

bool ModelTracker::hides(std::string_view subid) const {
  constexpr std::size_t kParts = 1000;
  return static_cast<double>(std::hash<std::string_view>{}(subid) % kParts) <
         nature_.hidden * static_cast<double>(kParts);
}

ports::RecordsAnswer ModelTracker::conversions(std::span<const std::string> subids,
                                               const ports::RecordRange&) {
  ports::RecordsAnswer answer;
  answer.requests = 1;
  answer.asked = request(subids.size());
  if (answer.asked != Asked::answered) {
    answer.error = "in trouble";
    return answer;
  }
  for (const std::string& subid : subids) {
    if (hides(subid)) continue;
    for (auto it = records.lower_bound({subid, ""}); it != records.end() && it->first.first == subid; ++it) {
      const Record& record = it->second;
      core::RecordedConversion shown;
      shown.subid = subid;
      if (nature_.gives_tids) shown.tid = it->first.second;
      shown.status = record.status;
      shown.original_status = record.original_status;
      if (nature_.gives_revenue)
        shown.revenue = std::to_string(record.revenue / 10000) + "." +
                        std::to_string(10000 + record.revenue % 10000).substr(1);
      answer.conversions.push_back(std::move(shown));
    }
  }
  return answer;
}

ports::LogAnswer ModelTracker::postback_log(std::string_view subid) {
  ports::LogAnswer answer;
  answer.requests = 1;
  answer.asked = request(1);
  if (answer.asked == Asked::answered && !nature_.log_readable) answer.asked = Asked::key_refused;
  if (answer.asked != Asked::answered) return answer;
  const auto found = log.find(subid);
  if (found == log.end()) return answer;
  for (auto it = found->second.rbegin(); it != found->second.rend(); ++it)
    answer.lines.push_back({"2026-01-01 00:00:00", *it});
  return answer;
}

}  // namespace keitaro_outbox::readback_tests
