#include "monitoring/money_sums.hpp"

#include <algorithm>
#include <utility>

#include "core/text/ascii.hpp"

namespace keitaro_outbox::monitoring {

void MoneySums::add(const core::Amount& amount, std::string_view currency) {
  Pile& pile = piles_[core::ascii::lower(currency.empty() ? "none" : currency)];
  pile.ten_thousandths += amount.ten_thousandths();
  ++pile.rows;
}

std::vector<MoneySums::Sum> MoneySums::sums(std::size_t most) const {
  std::vector<std::pair<std::string, Pile>> common(piles_.begin(), piles_.end());
  std::ranges::stable_sort(common,
                           [](const auto& a, const auto& b) { return a.second.rows > b.second.rows; });
  Pile others;
  for (std::size_t i = most; i < common.size(); ++i) {
    others.ten_thousandths += common[i].second.ten_thousandths;
    others.rows += common[i].second.rows;
  }
  common.resize(std::min(common.size(), most));
  std::ranges::sort(common, {}, [](const auto& entry) { return entry.first; });

  std::vector<Sum> out;
  for (const auto& [currency, pile] : common) out.push_back(sum_of(currency, pile));
  if (others.rows > 0) out.push_back(sum_of("other", others));
  return out;
}

MoneySums::Sum MoneySums::sum_of(std::string currency, const Pile& pile) {
  constexpr int kPlaces = 4;
  Wide rest = pile.ten_thousandths < 0 ? -pile.ten_thousandths : pile.ten_thousandths;
  std::string digits;
  for (; rest > 0 || digits.size() <= kPlaces; rest /= 10)
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
  std::ranges::reverse(digits);
  std::string text = pile.ten_thousandths < 0 ? "-" : "";
  text += digits.substr(0, digits.size() - kPlaces) + "." + digits.substr(digits.size() - kPlaces);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  const double value = std::stod(text);
  return {std::move(currency), std::move(text), value};
}

}  // namespace keitaro_outbox::monitoring
