#include "core/readback/seen_amounts.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <set>
#include <utility>
#include <vector>

#include "core/text/ascii.hpp"

namespace keitaro_outbox::core {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kCent = 100;  // In ten-thousandths.
constexpr double kOffRate = 0.05;
constexpr double kSameRate = 0.01;
/// Trackers fetch rates once a day.
constexpr Millis kSameRateWithin = 12h;
constexpr std::size_t kLeastForRate = 5;
constexpr std::size_t kOthersThatAgree = 2;

std::string key_of(const SentConversion& conversion) {
  return conversion.subid + '\n' + conversion.tid;
}

bool is_near(double ratio, double rate, double tolerance) {
  return std::abs(ratio - rate) <= tolerance * std::abs(rate);
}

}  // namespace

SeenAmounts::Seen SeenAmounts::seen_of(const SentConversion& conversion, const Amount& revenue) const {
  std::string currency = ascii::lower(conversion.currency);
  if (currency == own_currency_) currency.clear();
  return {conversion.payout ? conversion.payout->ten_thousandths() : 0, revenue.ten_thousandths(),
          std::move(currency), conversion.taken_in_at};
}

void SeenAmounts::add(const SentConversion& conversion, const Amount& revenue) {
  if (!conversion.payout || conversion.payout->ten_thousandths() == 0) return;
  std::string key = key_of(conversion);
  const auto [place, is_new] = seen_.insert_or_assign(key, seen_of(conversion, revenue));
  if (!is_new) return;
  order_.push_back(std::move(key));
  if (order_.size() <= kMost) return;
  seen_.erase(order_.front());
  order_.pop_front();
}

/// The rate of the currency at about the time, where most conversions agree on one.
std::optional<double> SeenAmounts::rate_for(const Seen& seen) const {
  std::vector<double> ratios;
  for (const auto& [key, other] : seen_) {
    if (other.currency == seen.currency &&
        std::chrono::abs(other.taken_in_at - seen.taken_in_at) <= kSameRateWithin)
      ratios.push_back(other.ratio());
  }
  if (ratios.size() < kLeastForRate) return std::nullopt;
  const auto middle = ratios.begin() + static_cast<std::ptrdiff_t>(ratios.size() / 2);
  std::ranges::nth_element(ratios, middle);
  const double rate = *middle;
  const auto agree =
      std::ranges::count_if(ratios, [&](double ratio) { return is_near(ratio, rate, kOffRate); });
  if (2 * static_cast<std::size_t>(agree) <= ratios.size()) return std::nullopt;
  return rate;
}

/// Whether it is neither what was sent, nor that at the rate of the currency.
bool SeenAmounts::is_off(const Seen& seen) const {
  if (std::abs(seen.revenue - seen.payout) <= kCent) return false;
  if (seen.currency.empty()) return true;
  if (seen.payout == 0) return seen.revenue != 0;
  const auto rate = rate_for(seen);
  // A cent is more than 5 % of a small amount.
  if (!rate || is_near(seen.ratio(), *rate, kOffRate)) return false;
  return std::abs(static_cast<double>(seen.revenue) - *rate * static_cast<double>(seen.payout)) >
         static_cast<double>(kCent);
}

/// Whether it is surely what was sent. At an unknown rate that cannot be told.
bool SeenAmounts::fits(const Seen& seen) const {
  if (std::abs(seen.revenue - seen.payout) <= kCent) return true;
  return !seen.currency.empty() && rate_for(seen) && !is_off(seen);
}

bool SeenAmounts::is_fixed_payout(const Seen& seen, const std::string& key) const {
  if (seen.revenue == 0) return false;
  std::size_t others = 0;
  std::set<std::int64_t> payouts{seen.payout};
  for (const auto& [other_key, other] : seen_) {
    if (other_key == key || other.revenue != seen.revenue || fits(other)) continue;
    ++others;
    payouts.insert(other.payout);
  }
  return others >= kOthersThatAgree && payouts.size() > 1;
}

bool SeenAmounts::differs(const SentConversion& conversion, const Amount& revenue) const {
  if (!conversion.payout) return false;
  const Seen seen = seen_of(conversion, revenue);
  if (!is_off(seen)) return false;
  const std::string key = key_of(conversion);
  if (is_fixed_payout(seen, key)) return false;
  if (seen.currency.empty() || seen.payout == 0) return true;
  const auto at_the_same_rate = std::ranges::count_if(seen_, [&](const auto& entry) {
    const auto& [other_key, other] = entry;
    return other_key != key && other.currency == seen.currency &&
           is_near(other.ratio(), seen.ratio(), kSameRate);
  });
  return static_cast<std::size_t>(at_the_same_rate) < kOthersThatAgree;
}

}  // namespace keitaro_outbox::core
