#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "core/rules/status.hpp"
#include "core/text/amount.hpp"
#include "core/text/time.hpp"

namespace keitaro_outbox::core {

struct OutboxId {
  std::int64_t value = 0;
  friend auto operator<=>(const OutboxId&, const OutboxId&) = default;
};

/// Before every row, those with a negative id included.
inline constexpr OutboxId kBeforeAllRows{std::numeric_limits<std::int64_t>::min()};

/// Where a row stands on its way. (A conversion's *status*, lead or sale and so on, is another thing.)
enum class State : std::uint8_t { pending, delivered, duplicate, refused, dead, cancelled };

std::string_view name_of(State state);
std::optional<State> state_named(std::string_view name);

/// One postback to send, as the application wrote it, with what the worker knows of it. Texts are as written.
struct Row {
  OutboxId id;
  std::string tracker;
  std::string campaign;  ///< Empty when there is none.
  std::string subid;
  std::string status;
  std::string tid;  ///< Empty when there is none.
  std::optional<std::string> payout;
  std::optional<std::string> cost;
  std::optional<std::string> currency;
  std::optional<std::string> params;  ///< A JSON object.
  WallTime due_at{};                  ///< The epoch means now.
  WallTime created_at{};
  int attempts = 0;  ///< Requests made for this row, ever.
  int strikes = 0;   ///< Failed requests held against this row: those made during an outage are not; sending
                     ///< again clears them.
  int unrecorded = 0;  ///< Times that its last outcome could not be written down; 0 when it was.
  int refusals = 0;    ///< Of these strikes, the answers 400 and 422, which speak of the row.
};

/// What would be sent for a row, in a form that can be compared: what `conversions` keeps of the last one
/// taken in.
struct Postback {
  Status status = Status::lead;
  std::string sent_status;  ///< The value of `status=`: a Keitaro name, or the row's own in the raw style.
  std::optional<Amount> payout;
  std::optional<Amount> cost;
  std::string currency;  ///< As written by the application; compared without regard to case. Empty when there
                         ///< is none.
  std::string params;    ///< The canonical form that canonical_params() gives; empty when there are none.
};

/// What one conversion is to the tracker, next to the tracker's name: the click id and tid as a request
/// carries them.
struct LedgerKey {
  std::string subid;
  std::string tid;  ///< Empty when there is none.
  friend bool operator==(const LedgerKey&, const LedgerKey&) = default;
};

/// One row of `conversions`: the last postback the tracker took in for a tracker and LedgerKey.
struct LedgerEntry {
  Postback postback;
  OutboxId outbox_id;  ///< The row that it was sent for.
  /// The row whose rebill was taken in for this key, whatever came after it.
  std::optional<OutboxId> rebilled_by;
};

}  // namespace keitaro_outbox::core
