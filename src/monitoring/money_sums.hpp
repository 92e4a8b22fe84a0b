#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "core/text/amount.hpp"

namespace keitaro_outbox::monitoring {

struct CurrencySum {
  std::string
      currency;  ///< Lower case; `none` for rows without one; `other` for all that are not told apart.
  core::AmountSum sum;
};

/// The `most` most common currencies in alphabetical order, then the sum of all others, so that odd
/// currencies cannot make the list grow without end. `sums` are by currency, '' for none.
std::vector<CurrencySum> common_currencies(const std::map<std::string, core::AmountSum>& sums,
                                           std::size_t most);

}  // namespace keitaro_outbox::monitoring
