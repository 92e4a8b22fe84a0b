#include "core/readback/schedule.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;

constexpr Millis kMostHeld = 2min;

/// How far back the first postback may be where nobody wrote it down.
constexpr Millis kUnknownFirst = 24h * 90;
/// The last look goes as far back as any: another sender may have made the conversion long before our first
/// postback of it.
constexpr Millis kLastLook = kLongestReach;
/// Conversions whose first postbacks are of the same class are of like age.
constexpr std::array<Millis, 5> kAgeClasses{24h * 3, 24h * 10, 24h * 35, 24h * 100, kLastLook};

Millis last_age(const ReadBackPolicy& policy) {
  return policy.verify_again.empty() ? 2 * policy.verify_after : policy.verify_again.back();
}

Millis shortest_pause(const ReadBackPolicy& policy) {
  if (policy.verify_again.empty()) return policy.verify_after;
  return std::max(policy.verify_again.front() - policy.verify_after, Millis{1});
}

bool is_of_last_age(const SentConversion& conversion, const ReadBackPolicy& policy, WallTime now) {
  return now - conversion.taken_in_at >= last_age(policy);
}

WallTime first_of(const SentConversion& conversion) {
  return conversion.first_taken_in_at.value_or(conversion.taken_in_at - kUnknownFirst);
}

/// How far back from `now` the records are read for it.
Millis reach_of(const SentConversion& conversion, const ReadBackPolicy& policy, WallTime now) {
  const bool may_be_the_last = conversion.looked_at && is_of_last_age(conversion, policy, now);
  return may_be_the_last ? kLastLook : std::min(now - first_of(conversion), kLastLook);
}

std::size_t class_of(Millis reach) {
  const auto found = std::ranges::lower_bound(kAgeClasses, reach);
  return static_cast<std::size_t>(found - kAgeClasses.begin());
}

bool has_money(const SentConversion& conversion) {
  return conversion.payout && conversion.payout->ten_thousandths() != 0;
}

}  // namespace

bool is_last_look(const SentConversion& conversion, const ReadBackPolicy& policy, WallTime now,
                  const std::string& found) {
  if (!conversion.looked_at || !is_of_last_age(conversion, policy, now)) return false;
  if (now - *conversion.looked_at < shortest_pause(policy)) return false;
  // What looks different each time is told in the end as it was seen last.
  return conversion.note == found || now - conversion.taken_in_at >= last_age(policy) + kGiveUpAfter;
}

WallTime next_look(const SentConversion& conversion, const ReadBackPolicy& policy, WallTime now) {
  for (const Millis age : policy.verify_again) {
    if (conversion.taken_in_at + age > now) return conversion.taken_in_at + age;
  }
  return now + shortest_pause(policy);
}

Millis hold_for(const ReadBackPolicy& policy) {
  return std::min(policy.verify_after * 4 / 3, kMostHeld);
}

Batch choose_batch(std::span<const SentConversion> due, std::size_t limit, const ReadBackPolicy& policy,
                   WallTime now) {
  std::vector<std::size_t> order(due.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return has_money(due[i]) ? 0 : 1; });
  Batch batch;
  if (order.empty()) return batch;
  const std::size_t age_class = class_of(reach_of(due[order.front()], policy, now));
  std::set<std::string_view> subids;
  Millis reach{0};
  for (const std::size_t i : order) {
    const Millis of_this = reach_of(due[i], policy, now);
    if (class_of(of_this) != age_class) continue;
    if (subids.size() == limit && !subids.contains(due[i].subid)) continue;
    subids.insert(due[i].subid);
    batch.places.push_back(i);
    reach = std::max(reach, of_this);
  }
  batch.range = {now - reach - kRangeMargin, now + kRangeMargin};
  return batch;
}

}  // namespace keitaro_outbox::core
