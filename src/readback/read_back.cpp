#include "readback/read_back.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>

#include "core/readback/conclusion.hpp"
#include "core/readback/log_meaning.hpp"

namespace keitaro_outbox::readback {
namespace {

using namespace std::chrono_literals;
using core::Millis;
using core::WallTime;
using ports::Asked;

/// Conversions that batches are chosen from, read once for several of them: each is on a page of its own.
constexpr std::size_t kWindow = 2000;
constexpr Millis kWindowKept = 10s;
/// A request for each click, so the others of a batch wait for the next turn.
constexpr int kMostLogsInTurn = 10;
constexpr int kMostRequestsForOthers = 10;
constexpr Millis kShownNotedEvery = 10min;
/// For how long no larger request is tried after one that failed.
constexpr Millis kCeilingFor = 1h;
constexpr int kMostWindowsGivenUp = 5;

/// The first pause after a failure, and the longest.
struct Pauses {
  Millis first;
  Millis longest;
};

Pauses pauses_after(Asked asked) {
  switch (asked) {
    case Asked::no_api:
      return {1h, 6h};
    case Asked::wrong_path:
    case Asked::key_refused:
      return {5min, 1h};
    case Asked::answered:
    case Asked::slow_down:
    case Asked::too_much:
    case Asked::failed:
      break;
  }
  return {10s, 10min};
}

std::map<std::string_view, std::vector<const ports::RecordedConversion*>> by_click(
    const std::vector<ports::RecordedConversion>& conversions) {
  std::map<std::string_view, std::vector<const ports::RecordedConversion*>> clicks;
  for (const ports::RecordedConversion& conversion : conversions)
    clicks[conversion.subid].push_back(&conversion);
  return clicks;
}

std::vector<core::SentConversion> without(std::vector<core::SentConversion> due,
                                          const std::vector<std::size_t>& places) {
  std::vector<bool> asked(due.size());
  for (const std::size_t place : places) asked[place] = true;
  std::vector<core::SentConversion> left;
  left.reserve(due.size() - places.size());
  for (std::size_t i = 0; i < due.size(); ++i) {
    if (!asked[i]) left.push_back(std::move(due[i]));
  }
  return left;
}

/// Some builds leave the column out.
bool names_tids(const std::vector<ports::RecordedConversion>& conversions) {
  return std::ranges::any_of(conversions, [](const auto& recorded) { return !recorded.tid.empty(); });
}

}  // namespace

ReadBack::ReadBack(Options options, ports::TrackerRecords& records, const ports::Clock& clock,
                   ReadBackObserver& observer)
    : options_(std::move(options)),
      records_(records),
      clock_(clock),
      observer_(observer),
      amounts_(options_.policy.currency) {}

ReadBack::Turn ReadBack::turn(ports::ReadBackStore& store) {
  write(store);
  const WallTime now = clock_.wall();
  if (now < paused_until_) return {paused_until_, false};
  const Millis hold = options_.hold_batches ? core::hold_for(options_.policy) : 0ms;
  const WallTime look_again = now + std::max<Millis>(hold / 4, 100ms);
  if (window_.size() < limit_ || now - window_read_at_ >= kWindowKept || now < window_read_at_) {
    window_ = store.due(options_.tracker, now, kWindow);
    window_read_at_ = now;
  }
  if (window_.empty()) {
    overdue_ = 0ms;
    const auto next = store.next_check(options_.tracker);
    // What is taken in meanwhile is not due before `verify_after`.
    const WallTime idle = now + std::max(options_.policy.verify_after, Millis{100});
    return {next ? std::min(std::max(*next, look_again), idle) : idle, true};
  }
  const WallTime oldest = window_.front().check_at;
  overdue_ = now - oldest;
  if (window_.size() < limit_ && now < oldest + hold) return {std::min(oldest + hold, look_again), false};
  if (!shown_was_read_) {
    shown_at_ = noted_at_ = store.shown_at(options_.tracker);
    shown_was_read_ = true;
  }
  // Where something fails it is read again.
  std::vector<core::SentConversion> due = std::exchange(window_, {});
  const core::Batch batch = core::choose_batch(due, limit_, options_.policy, now);
  if (ask(store, due, batch)) window_ = without(std::move(due), batch.places);
  return {std::max(paused_until_, clock_.wall()), false};
}

bool ReadBack::ask(ports::ReadBackStore& store, std::span<const core::SentConversion> due,
                   const core::Batch& batch) {
  std::set<std::string> distinct;
  for (const std::size_t place : batch.places) distinct.insert(due[place].subid);
  const std::vector<std::string> subids(distinct.begin(), distinct.end());
  const ports::RecordsAnswer answer = records_.conversions(subids, {batch.range.from, batch.range.to});
  observer_.on_requests(options_.tracker, answer.asked, answer.requests);
  if (answer.asked != Asked::answered) {
    failed(store, answer.asked, answer.error, answer.retry_after, subids.size());
    return false;
  }
  failures_ = 0;
  if (std::exchange(trouble_, std::nullopt)) observer_.on_recovered(options_.tracker);
  if (clock_.wall() >= ceiling_until_) ceiling_ = core::kMostInBatch;
  if (subids.size() >= limit_) limit_ = std::min(2 * limit_, ceiling_);
  read(store, due, batch, answer);
  return true;
}

void ReadBack::read(ports::ReadBackStore& store, std::span<const core::SentConversion> due,
                    const core::Batch& batch, const ports::RecordsAnswer& answer) {
  const WallTime now = clock_.wall();
  const ByClick clicks = by_click(answer.conversions);
  const bool tids_given = names_tids(answer.conversions);
  const auto of_click = [&](const core::SentConversion& sent) {
    const auto found = clicks.find(sent.subid);
    return found == clicks.end() ? std::span<const ports::RecordedConversion* const>{}
                                 : std::span<const ports::RecordedConversion* const>(found->second);
  };
  for (const std::size_t place : batch.places) {
    if (!of_click(due[place]).empty()) shown_at_ = now;
    note_amounts(due.subspan(place, 1), clicks, tids_given);
  }
  bool amounts_are_known = true;
  for (const std::size_t place : batch.places) {
    if (core::may_differ_in_amount(due[place])) amounts_are_known = look_at_others(store, due[place]);
  }
  int logs = 0;
  for (const std::size_t place : batch.places) {
    const core::SentConversion& sent = due[place];
    const core::Finding finding = core::find_in(sent, of_click(sent), tids_given, amounts_);
    auto conclusion = core::conclude(sent, finding, options_.policy, shown_at_, now);
    const bool is_amount = conclusion && conclusion->verdict == core::Verdict::differs;
    if (is_amount && core::may_differ_in_amount(sent) && !amounts_are_known) continue;
    if (!conclusion && logs++ < kMostLogsInTurn && now >= paused_until_) conclusion = by_log(sent, finding);
    if (conclusion) unwritten_.push_back({sent, *std::move(conclusion)});
  }
  if (shown_at_ == now && (!noted_at_ || now - *noted_at_ >= kShownNotedEvery)) {
    store.note_shown(options_.tracker, now);
    noted_at_ = now;
  }
  write(store);
}

/// A process that has begun just now has not seen what the tracker makes of amounts: before one is said to
/// differ it looks at others, once. False where that does not succeed: then it stays due.
bool ReadBack::look_at_others(ports::ReadBackStore& store, const core::SentConversion& near) {
  if (looked_at_others_) return true;
  std::vector<core::SentConversion> others;
  // From there to the end of the ledger, and on from its beginning.
  for (const core::LedgerKey& from : {core::LedgerKey{near.subid, {}}, core::LedgerKey{}}) {
    for (ports::LedgerConversion& other : store.walk(options_.tracker, from, kWindow)) {
      if (other.sent.payout && others.size() < core::kMostInBatch) others.push_back(std::move(other.sent));
    }
  }
  std::span<const core::SentConversion> left(others);
  for (int requests = 0; !left.empty() && requests < kMostRequestsForOthers; ++requests) {
    const auto some = left.first(std::min(left.size(), limit_));
    std::vector<std::string> subids;
    for (const core::SentConversion& other : some) subids.push_back(other.subid);
    const WallTime now = clock_.wall();
    const ports::RecordsAnswer answer =
        records_.conversions(subids, {now - core::kLongestReach, now + core::kRangeMargin});
    observer_.on_requests(options_.tracker, answer.asked, answer.requests);
    if (answer.asked != Asked::answered) {
      failed(store, answer.asked, answer.error, answer.retry_after, subids.size());
      return false;
    }
    note_amounts(some, by_click(answer.conversions), names_tids(answer.conversions));
    left = left.subspan(some.size());
  }
  looked_at_others_ = true;
  return true;
}

/// What the tracker makes of amounts.
void ReadBack::note_amounts(std::span<const core::SentConversion> sent, const ByClick& clicks,
                            bool tids_given) {
  for (const core::SentConversion& one : sent) {
    const auto found = clicks.find(one.subid);
    if (found == clicks.end()) continue;
    for (const ports::RecordedConversion* const recorded : found->second) {
      if ((tids_given && recorded->tid != one.tid) || !recorded->revenue) continue;
      if (const auto revenue = core::Amount::parse(*recorded->revenue)) amounts_.add(one, *revenue);
    }
  }
}

/// nullopt where the log cannot be read at present: the conversion stays due.
std::optional<core::Conclusion> ReadBack::by_log(const core::SentConversion& sent,
                                                 const core::Finding& finding) {
  const ports::LogAnswer log = records_.postback_log(sent.subid);
  observer_.on_requests(options_.tracker, log.asked, log.requests);
  if (log.asked == Asked::answered)
    return core::conclude_by_log(finding, core::story_of(log.lines, sent.subid));
  const bool may_pass =
      log.asked == Asked::slow_down || log.asked == Asked::too_much || log.asked == Asked::failed;
  const auto& again = options_.policy.verify_again;
  const Millis last = again.empty() ? options_.policy.verify_after : again.back();
  if (!may_pass || clock_.wall() - sent.taken_in_at >= last + core::kGiveUpAfter)
    return core::conclude_by_log(finding, std::nullopt);
  set_trouble(log.asked, log.error);
  paused_until_ = clock_.wall() + std::max(next_pause(log.asked), log.retry_after.value_or(0ms));
  return std::nullopt;
}

void ReadBack::failed(ports::ReadBackStore& store, Asked asked, const std::string& error,
                      std::optional<Millis> retry_after, std::size_t asked_for) {
  const WallTime now = clock_.wall();
  if (asked == Asked::too_much && asked_for > 1) {
    limit_ = std::max<std::size_t>(1, asked_for / 2);
    ceiling_ = std::max<std::size_t>(1, limit_);
    ceiling_until_ = now + kCeilingFor;
    return;
  }
  // Not for the size of the request: what was found of it says nothing.
  if (asked == Asked::too_much) ceiling_ = limit_ = core::kMostInBatch;
  set_trouble(asked, error);
  paused_until_ = now + std::max(next_pause(asked), retry_after.value_or(0ms));
  give_up_old(store, error);
}

/// Nobody can wait for ever, and what waits would grow without end.
void ReadBack::give_up_old(ports::ReadBackStore& store, const std::string& why) {
  const WallTime now = clock_.wall();
  for (int windows = 0; windows < kMostWindowsGivenUp; ++windows) {
    const auto due = store.due(options_.tracker, now, kWindow);
    for (const core::SentConversion& sent : due) {
      if (now - sent.taken_in_at >= core::kGiveUpAfter) unwritten_.push_back({sent, core::give_up(why)});
    }
    if (unwritten_.empty()) return;
    write(store);
  }
}

void ReadBack::write(ports::ReadBackStore& store) {
  while (!unwritten_.empty()) {
    const auto group = std::span(unwritten_).first(std::min(unwritten_.size(), core::kMostInBatch));
    store.write(options_.tracker, group, clock_.wall());
    VerdictCounts counts{};
    for (const ports::ConcludedConversion& concluded : group) {
      if (concluded.conclusion.verdict != core::Verdict::unchecked)
        ++counts[static_cast<std::size_t>(concluded.conclusion.verdict)];
    }
    observer_.on_verdicts(options_.tracker, counts, group);
    unwritten_.erase(unwritten_.begin(), unwritten_.begin() + static_cast<std::ptrdiff_t>(group.size()));
  }
}

void ReadBack::set_trouble(Asked asked, const std::string& error) {
  const bool is_news = !trouble_ || trouble_->asked != asked;
  trouble_ = Trouble{asked, error};
  if (is_news) observer_.on_trouble(options_.tracker, asked, error);
}

Millis ReadBack::next_pause(Asked asked) {
  const Pauses pauses = pauses_after(asked);
  // With a short `verify_after` somebody is waiting.
  Millis pause = asked == Asked::no_api ? pauses.first : std::min(pauses.first, options_.policy.verify_after);
  for (int i = 0; i < failures_ && pause < pauses.longest; ++i) pause *= 2;
  ++failures_;
  return std::min(pause, pauses.longest);
}

}  // namespace keitaro_outbox::readback
