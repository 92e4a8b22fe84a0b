#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "sim/money.hpp"

namespace keitaro_sim {

/// The rates by which a tracker turns an amount into its own currency.
class CurrencyRates {
 public:
  CurrencyRates() : CurrencyRates("usd") {}
  explicit CurrencyRates(std::string_view own);

  /// `text` is either lines `eur 1.08` (blank ones and those that begin with `#` are skipped) or a JSON
  /// object
  /// `{"eur": "1.08"}`. Each rate says what one unit of the currency is worth in a unit common to the whole
  /// list. The tracker's own currency may be left out: it is worth 1 then. On failure `error` is one plain
  /// sentence that names the line or the currency.
  struct Parsed;
  static Parsed parse(std::string_view text, std::string_view own);

  /// `amount` in the tracker's own currency. `currency` in any case; empty means the tracker's own. Nullopt
  /// when there is no rate for it, or the result is too large.
  std::optional<Money> to_own(Money amount, std::string_view currency) const;

  bool is_own(std::string_view currency) const;
  bool knows(std::string_view currency) const;
  const std::string& own() const { return own_; }  ///< In lower case.

 private:
  std::string own_;
  std::map<std::string, Rate, std::less<>> rates_;
};

struct CurrencyRates::Parsed {
  CurrencyRates rates;
  std::string error;  ///< Empty when all is well.
};

}  // namespace keitaro_sim
