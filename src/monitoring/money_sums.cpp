#include "monitoring/money_sums.hpp"

#include <algorithm>

namespace keitaro_outbox::monitoring {

std::vector<CurrencySum> common_currencies(const std::map<std::string, core::AmountSum>& sums,
                                           std::size_t most) {
  std::vector<CurrencySum> out;
  for (const auto& [currency, sum] : sums) out.push_back({currency.empty() ? "none" : currency, sum});
  std::ranges::stable_sort(out, std::ranges::greater{},
                           [](const CurrencySum& entry) { return entry.sum.amounts(); });
  CurrencySum others{"other", {}};
  for (; out.size() > most; out.pop_back()) others.sum += out.back().sum;
  std::ranges::sort(out, {}, &CurrencySum::currency);
  if (others.sum.amounts() > 0) out.push_back(others);
  return out;
}

}  // namespace keitaro_outbox::monitoring
