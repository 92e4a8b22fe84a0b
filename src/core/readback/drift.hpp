#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/readback/records.hpp"
#include "core/readback/schedule.hpp"
#include "core/readback/sent_conversion.hpp"
#include "core/rules/row.hpp"
#include "core/text/amount.hpp"
#include "core/text/time.hpp"

namespace keitaro_outbox::core {

/// One day's conversions of one status: what we have, and what the tracker has.
struct DriftTotal {
  std::string day;     ///< `2026-01-31`, UTC: of our first postback, or of the tracker's stamp.
  std::string status;  ///< lead, sale, rejected, rebill, or what else the tracker calls it.
  std::int64_t ours = 0;
  std::map<std::string, AmountSum> our_money;  ///< By currency in lower case, '' for none.
  std::int64_t theirs = 0;
  AmountSum their_money;
};

/// One conversion that the two have differently.
struct DriftItem {
  enum class Kind : std::uint8_t {
    differs,    ///< With another status or amount.
    missing,    ///< The tracker does not have it.
    only_there  ///< We did not send it.
  };
  Kind kind = Kind::differs;
  std::string day;
  std::string subid;
  std::string tid;
  std::string note;
};

std::string_view name_of(DriftItem::Kind kind);

struct DriftReport {
  std::vector<DriftTotal> totals;  ///< By day and status.
  std::vector<DriftItem> items;    ///< By day, click id and tid.
  bool any_of(DriftItem::Kind kind) const;
};

/// `2026-01-31` in UTC.
std::string day_of(WallTime time);

/// Puts our conversions of some days beside the tracker's records. `recorded` may reach beyond these days: of
/// what we did not send only that whose stamp is on one of them counts. `sent_before` says whether we have
/// sent a conversion that is not among `sent`.
DriftReport drift_of(std::span<const SentConversion> sent, std::span<const RecordedConversion> recorded,
                     const std::function<bool(const LedgerKey&)>& sent_before, const std::string& first_day,
                     const std::string& last_day, const ReadBackPolicy& policy);

}  // namespace keitaro_outbox::core
