#pragma once

#include <optional>
#include <string>

#include "core/rules/row.hpp"
#include "core/rules/status.hpp"
#include "core/text/amount.hpp"
#include "core/text/time.hpp"

namespace keitaro_outbox::core {

/// What a tracker took in of one conversion, as `conversions` keeps it, and what looks at it have found so
/// far.
struct SentConversion {
  std::string subid;
  std::string tid;  ///< Empty for none.
  Status status = Status::lead;
  std::string sent_status;  ///< The value of `status=`; differs from `status` in the raw style.
  std::optional<Amount> payout;
  std::string currency;  ///< As it was sent; empty for none.
  OutboxId outbox_id;    ///< The row it was sent for.
  WallTime taken_in_at{};
  std::optional<WallTime> first_taken_in_at;  ///< Of its first postback; nullopt where nobody wrote it down.
  WallTime check_at{};                        ///< When it is to be asked after.
  std::optional<WallTime> looked_at;          ///< The last look that did not settle it.
  std::string note;                           ///< What that look found.
};

}  // namespace keitaro_outbox::core
