#include "sim/tracker.hpp"

#include <chrono>
#include <functional>
#include <utility>

#include "sim/trouble.hpp"

namespace keitaro_sim {
namespace {

using keitaro_outbox::core::WallTime;

// Widths of a tracker's columns.
constexpr std::size_t kWidestTid = 100;
constexpr std::size_t kWidestStatus = 100;
constexpr std::size_t kWidestSubId = 255;
constexpr std::size_t kLongestHistory = 100;

std::string pair_key(std::string_view subid, std::string_view tid) {
  std::string key(subid);
  key += '\0';
  key += tid;
  return key;
}

/// What an amount comes to by the day's rate.
Money drifted(Money amount, double drift, WallTime at) {
  if (drift <= 0) return amount;
  const auto day = std::chrono::floor<std::chrono::days>(at).time_since_epoch().count();
  const double factor = 1 + drift * (2 * chance(static_cast<std::uint64_t>(day), 9, 0) - 1);
  const Rate rate{static_cast<std::int64_t>(factor * 1e8)};
  return exchange(amount, rate, Rate{100'000'000}).value_or(amount);
}

std::size_t hash_facts(const PostbackRequest& request) {
  std::string facts = request.original_status + '\0' + request.status + '\0' + request.payout.value_or("-") +
                      '\0' + request.cost.value_or("-") + '\0' + request.currency;
  for (const auto& [number, value] : request.sub_ids) facts += '\0' + std::to_string(number) + '=' + value;
  return std::hash<std::string>{}(facts);
}

/// The lines marked "seen" or "doc" are a tracker's own words; the others are the simulator's, for want of
/// published ones.
std::string message_for(Verdict verdict, const PostbackRequest& request, const std::string& current_status) {
  switch (verdict) {
    case Verdict::created:
    case Verdict::moved:
    case Verdict::updated:
      return "Subid " + request.subid + " complete";  // seen
    case Verdict::click_not_found:
      return "SubID not found \"" + request.subid + "\"";  // seen
    case Verdict::pair_exists:
      return "Conversion by pair \"SubId + tid\" already exists. Postback ignored.";  // doc
    case Verdict::status_ignored:
      return "Status \"" + request.original_status + "\" is in the postback's ignore list. Postback ignored.";
    case Verdict::status_unmapped:
      return "Unknown status \"" + request.original_status + "\". Postback ignored.";
    case Verdict::rebill_without_tid:
      return "Rebill of subid " + request.subid + " has no tid. Postback ignored.";
    case Verdict::upsells_off:
      return "The offer does not allow upsells for subid " + request.subid + ". Postback ignored.";
    case Verdict::further_tid_not_sold:
      return "A further tid of subid " + request.subid + " must be a sale or rebill, not " + request.status +
             ". Postback ignored.";
    case Verdict::move_not_published:
      return "Subid " + request.subid + " cannot change from " + current_status + " to " + request.status +
             ". Postback ignored.";
  }
  return {};
}

}  // namespace

bool Tracker::receive(PostbackRequest request, WallTime now, const std::string& url) {
  process_due(now);
  const std::uint64_t jid = ++last_jid_;
  if (!url.empty()) log_.add(now, jid, "Request " + url);
  if (request.subid.empty()) {
    ++counts_.incorrect;
    log_.add(now, jid, "Incorrect subid \"\". Postback ignored.");
    return false;
  }
  ++counts_.queued;
  log_.add(now, jid, "Using \"" + request.subid + "\" as subid. Postback added to queue.");
  queue_.push_back({now, jid, std::move(request)});
  process_due(now);
  return true;
}

void Tracker::process_due(WallTime now) {
  while (!queue_.empty() && queue_.front().received_at + settings_.verdict_delay <= now) {
    Queued item = std::move(queue_.front());
    queue_.pop_front();
    const WallTime at = item.received_at + settings_.verdict_delay;
    process(std::move(item), at);
  }
}

void Tracker::process(Queued item, WallTime now) {
  PostbackRequest& request = item.request;
  ++counts_.processed;
  log_.add(now, item.jid, "Processing subid " + request.subid);
  std::string problem = fit_widths(request);
  const Amounts amounts = read_amounts(request, item.received_at);
  if (problem.empty()) problem = amounts.problem;
  if (!problem.empty() && click_exists(request.subid, now)) {
    ++counts_.unusable_values;
    log_.add(now, item.jid, problem + " Postback ignored.");
    return;
  }
  const auto place = by_pair_.find(pair_key(request.subid, request.tid));
  Conversion* existing = place == by_pair_.end() ? nullptr : &conversions_[place->second];
  const std::string current_status = existing == nullptr ? std::string{} : existing->status;
  const Verdict verdict = judge_request(request, existing, now);
  ++counts_.verdicts[verdict];
  log_.add(now, item.jid, message_for(verdict, request, current_status));
  if (existing != nullptr) note_repeat(*existing, request);
  if (!took_effect(verdict)) return;
  apply(item, verdict, amounts, existing);
  for (const auto& [number, value] : request.sub_ids) sub_ids_[request.subid][number] = value;
}

bool Tracker::click_exists(const std::string& subid, WallTime at) {
  // A macro that was not filled in is nobody's click id, even where every other one is taken.
  if (subid.find_first_of("{}") != std::string::npos) return false;
  if (settings_.late_clicks > 0 && chance(std::hash<std::string>{}(subid), 8, 0) < settings_.late_clicks) {
    const WallTime first = first_asked_.emplace(subid, at).first->second;
    if (at < first + settings_.late_clicks_by) return false;
  }
  return !settings_.clicks || settings_.clicks->contains(subid);
}

/// Cuts what is too long, or says so.
std::string Tracker::fit_widths(PostbackRequest& request) const {
  std::string problem;
  const auto fit = [&](std::string& value, std::size_t width, std::string_view name) {
    if (value.size() <= width) return;
    if (!settings_.long_values_are_cut && problem.empty())
      problem = std::string(name) + " is longer than " + std::to_string(width) + " bytes.";
    value.resize(width);
  };
  fit(request.tid, kWidestTid, "tid");
  fit(request.status, kWidestStatus, "status");
  fit(request.original_status, kWidestStatus, "status");
  for (auto& [number, value] : request.sub_ids) fit(value, kWidestSubId, "sub_id_" + std::to_string(number));
  return problem;
}

std::optional<Money> Tracker::read_amount(const std::optional<std::string>& written,
                                          const std::string& currency, WallTime at,
                                          std::string& problem) const {
  if (!written) return std::nullopt;
  const auto amount = parse_money(*written);
  if (!amount) {
    if (!settings_.bad_amounts_count_as_zero && problem.empty())
      problem = "\"" + *written + "\" is not an amount.";
    return Money{};
  }
  const auto own = settings_.rates.to_own(*amount, currency);
  if (!own && !settings_.unknown_currency_taken_as_own && problem.empty())
    problem = "There is no rate for the currency \"" + currency + "\".";
  const bool converted = own && !settings_.rates.is_own(currency);
  return converted ? drifted(*own, settings_.rate_drift, at) : own.value_or(*amount);
}

Tracker::Amounts Tracker::read_amounts(const PostbackRequest& request, WallTime at) const {
  Amounts amounts;
  amounts.revenue = read_amount(request.payout, request.currency, at, amounts.problem);
  amounts.cost = read_amount(request.cost, request.currency, at, amounts.problem);
  if (settings_.offer_payout) amounts.revenue = settings_.offer_payout;
  return amounts;
}

Verdict Tracker::judge_request(const PostbackRequest& request, const Conversion* existing, WallTime at) {
  const auto of_click = conversions_of_click_.find(request.subid);
  const std::size_t count = of_click == conversions_of_click_.end() ? 0 : of_click->second;
  Situation situation;
  situation.click_known = click_exists(request.subid, at);
  situation.has_tid = !request.tid.empty();
  situation.in_ignore_list = request.ignored;
  situation.status = request.status;
  situation.mapped = request.mapped;
  if (existing != nullptr) situation.current_status = existing->status;
  situation.click_has_others = count > (existing == nullptr ? 0U : 1U);
  return judge(situation, settings_.policy);
}

void Tracker::note_repeat(Conversion& conversion, const PostbackRequest& request) {
  const std::size_t facts = hash_facts(request);
  if (facts == conversion.last_facts) ++counts_.duplicates;
  conversion.last_facts = facts;
}

void Tracker::apply(const Queued& item, Verdict verdict, const Amounts& amounts, Conversion* existing) {
  const PostbackRequest& request = item.request;
  if (existing == nullptr) {
    by_pair_.emplace(pair_key(request.subid, request.tid), conversions_.size());
    ++conversions_of_click_[request.subid];
    existing = &conversions_.emplace_back();
    existing->id = conversions_.size();
    existing->subid = request.subid;
    existing->tid = request.tid;
    existing->postback_at = item.received_at;
    existing->last_facts = hash_facts(request);
  }
  Conversion& conversion = *existing;
  if (verdict == Verdict::moved) conversion.previous_status = conversion.status;
  conversion.status = request.status;
  conversion.original_status = request.original_status;
  conversion.changed_at = item.received_at;
  if (amounts.revenue || !settings_.amounts_kept_when_omitted)
    conversion.revenue = amounts.revenue.value_or(Money{});
  if (amounts.cost || !settings_.amounts_kept_when_omitted) conversion.cost = amounts.cost.value_or(Money{});
  if (conversion.history.size() < kLongestHistory) conversion.history.push_back(request.original_status);
  if (request.status == "rebill" && ++conversion.rebills > 1) ++counts_.rebills_counted_twice;
}

bool Tracker::change_by_hand(std::uint64_t conversion_id, const ByHand& change) {
  if (conversion_id == 0 || conversion_id > conversions_.size()) return false;
  Conversion& conversion = conversions_[conversion_id - 1];
  if (conversion.deleted) return false;
  if (change.remove) {
    conversion.deleted = true;
    by_pair_.erase(pair_key(conversion.subid, conversion.tid));
    --conversions_of_click_[conversion.subid];
  }
  if (change.status) conversion.previous_status = std::exchange(conversion.status, *change.status);
  if (change.original_status) conversion.original_status = *change.original_status;
  if (change.revenue) conversion.revenue = *change.revenue;
  return true;
}

const Conversion* Tracker::find(std::string_view subid, std::string_view tid) const {
  const auto place = by_pair_.find(pair_key(subid, tid));
  return place == by_pair_.end() ? nullptr : &conversions_[place->second];
}

std::map<int, std::string> Tracker::sub_ids_of(std::string_view subid) const {
  const auto found = sub_ids_.find(std::string(subid));
  return found == sub_ids_.end() ? std::map<int, std::string>{} : found->second;
}

}  // namespace keitaro_sim
