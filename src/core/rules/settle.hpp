#pragma once

#include <optional>
#include <string>
#include <variant>

#include "core/flow/retry_delay.hpp"
#include "core/rules/answer.hpp"

namespace keitaro_outbox::core {

struct SettleInput {
  int strikes = 0;      ///< Held against the row before this exchange.
  int refusals = 0;     ///< Of these, the answers that spoke of the row.
  bool outage = false;  ///< The tracker is failing for all: this failure is not the row's fault.
  WallTime now{};
  double jitter = 0;    ///< In [0, 1).
  std::string what;     ///< describe(exchange): for the reason.
  int attempts = 1;     ///< Requests made for the row, this one included.
  bool exempt = false;  ///< Not held against the row for another reason: the tracker was asked too often, or
                        ///< others fail as well.
};

struct Delivered {
  std::string reason;  ///< Empty, or why the delivery is marked: the sentinel was missing.
};
struct RetryAt {
  WallTime at{};
  bool strike = false;   ///< Whether the failure is held against the row.
  bool refusal = false;  ///< It is, and it spoke of the row.
  std::string reason;    ///< `HTTP 503; attempt 4 of 20, next try in 12s` and the like.
};
struct Dead {
  std::string reason;
  bool refusal = false;  ///< The last failure spoke of the row.
};

using Settlement = std::variant<Delivered, RetryAt, Dead>;

/// Decides what becomes of a row after one exchange. A failure during an outage, and an address that our own
/// guard refused, adds no strike. `Retry-After` only ever lengthens the delay. A row is dead when its strikes
/// reach the policy's limit, or those that spoke of the row reach theirs.
Settlement settle(const Meaning& meaning, const RetryPolicy& policy, const SettleInput& in);

}  // namespace keitaro_outbox::core
