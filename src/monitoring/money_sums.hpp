#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/amount.hpp"

namespace keitaro_outbox::monitoring {

/// Exact sums of amounts by currency. The most common currencies are told apart, so that odd ones cannot make
/// the list grow without end.
class MoneySums {
 public:
  struct Sum {
    std::string
        currency;      ///< Lower case; `none` for rows without one; `other` for all that are not told apart.
    std::string text;  ///< A plain decimal.
    double value = 0;  ///< The same, rounded once.
  };

  /// `currency` in any case; may be empty.
  void add(const core::Amount& amount, std::string_view currency);

  /// In alphabetical order, `other` last. At most `most` and that one.
  std::vector<Sum> sums(std::size_t most) const;

 private:
  __extension__ typedef __int128 Wide;  // Of as many amounts as there can be rows.
  struct Pile {
    Wide ten_thousandths = 0;
    std::uint64_t rows = 0;
  };
  static Sum sum_of(std::string currency, const Pile& pile);

  std::map<std::string, Pile, std::less<>> piles_;
};

}  // namespace keitaro_outbox::monitoring
