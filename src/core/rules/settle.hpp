#pragma once

#include <optional>
#include <string>
#include <variant>

#include "core/flow/retry_delay.hpp"
#include "core/rules/answer.hpp"

namespace keitaro_outbox::core {

struct SettleInput {
  int strikes = 0;      ///< Held against the row before this exchange.
  bool outage = false;  ///< The tracker is failing for all: this failure is not the row's fault.
  WallTime now{};
  double jitter = 0;    ///< In [0, 1).
  std::string what;     ///< describe(exchange): for the reason.
  bool exempt = false;  ///< Nothing is wrong with the row nor with the tracker: it was asked too often.
};

struct Delivered {
  std::string reason;  ///< Empty, or why the delivery is marked: the sentinel was missing.
};
struct RetryAt {
  WallTime at{};
  bool strike = false;  ///< Whether the failure is held against the row.
  std::string reason;   ///< `HTTP 503; attempt 4 of 20, next try in 12s` and the like.
};
struct Dead {
  std::string reason;
};

using Settlement = std::variant<Delivered, RetryAt, Dead>;

/// Decides what becomes of a row after one exchange. A failure during an outage, and an address that our own
/// guard refused, adds no strike. `Retry-After` only ever lengthens the delay. A row whose strikes reach the
/// policy's limit is dead.
Settlement settle(const Meaning& meaning, const RetryPolicy& policy, const SettleInput& in);

}  // namespace keitaro_outbox::core
