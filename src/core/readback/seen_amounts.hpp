#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/readback/sent_conversion.hpp"
#include "core/text/amount.hpp"
#include "core/text/time.hpp"

namespace keitaro_outbox::core {

/// What one tracker has made of the amounts that it was sent lately: by that rates of exchange and offers
/// with a fixed payout are recognised. Holds the newest `kMost` conversions.
class SeenAmounts {
 public:
  static constexpr std::size_t kMost = 4000;

  /// `own_currency` is the tracker's, in lower case; empty where nobody said.
  explicit SeenAmounts(std::string own_currency = {}) : own_currency_(std::move(own_currency)) {}

  /// The tracker shows `revenue` for this conversion. A conversion counts once, as it was seen last.
  void add(const SentConversion& conversion, const Amount& revenue);

  /// Whether `revenue` is another amount than was sent. It is not where
  /// - it is the payout to 0.01, sent in the tracker's own currency or in none, or
  /// - it is within 5 % of the rate that others of this currency and half a day were booked at, or that rate
  ///   is not known, or at least two others were booked at the very rate of this one, or
  /// - at least two others that do not fit either show the same revenue for other payouts: the offer pays a
  ///   fixed amount.
  bool differs(const SentConversion& conversion, const Amount& revenue) const;

 private:
  struct Seen {
    std::int64_t payout;   ///< In ten-thousandths, as Amount has them.
    std::int64_t revenue;  ///< The same.
    std::string currency;  ///< In lower case; empty for the tracker's own.
    WallTime taken_in_at;
    double ratio() const { return static_cast<double>(revenue) / static_cast<double>(payout); }
  };

  Seen seen_of(const SentConversion& conversion, const Amount& revenue) const;
  std::optional<double> rate_for(const Seen& seen) const;
  bool is_off(const Seen& seen) const;
  bool fits(const Seen& seen) const;
  bool is_fixed_payout(const Seen& seen, const std::string& key) const;

  std::string own_currency_;
  std::map<std::string, Seen, std::less<>> seen_;  ///< By click id and tid.
  std::deque<std::string> order_;                  ///< Their keys, oldest first.
};

}  // namespace keitaro_outbox::core
