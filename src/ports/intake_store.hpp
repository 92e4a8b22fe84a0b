#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/text/time.hpp"
#include "keitaro_outbox/conversion.hpp"

namespace keitaro_outbox::ports {

/// A request of the front door that is to be kept: as a row, or, where it breaks a rule, as a reject.
struct IntakeItem {
  std::optional<Conversion> conversion;  ///< Nullopt where the request breaks a rule already.
  std::string broken_rule;               ///< Then this one, in words.
  std::string source;                    ///< The sender's name.
  std::string method;
  std::string query;  ///< As it was sent, without any key.
  std::string body;
  std::int64_t received_at = 0;  ///< Unix milliseconds.
};

struct RowStored {};
struct EventKnown {};  ///< A row has its event id.
struct RowRejected {
  std::string rule;  ///< In words. It stands in `intake_rejects`.
};
/// Neither a row nor a reject: the application's own trigger on `intake_rejects` turned it away as well.
struct RejectNotKept {
  std::string why;
};
using IntakeOutcome = std::variant<RowStored, EventKnown, RowRejected, RejectNotKept>;

/// How much of a spool has become rows.
struct SpoolPosition {
  std::string spool_id;
  std::int64_t taken = 0;  ///< Bytes from its beginning.
};

/// Where the front door keeps what came in. One thread at a time. All calls throw StoreError, and have then
/// changed nothing.
class IntakeStore {
 public:
  virtual ~IntakeStore() = default;

  /// Commits all of `group`, in its order, as durably as the store can; an outcome for each. What one item
  /// does wrong harms no other. Waits at most `wait` for another's lock. With `position`, that is committed
  /// with it.
  virtual std::vector<IntakeOutcome> commit(std::span<const IntakeItem> group, core::Millis wait,
                                            const std::optional<SpoolPosition>& position) = 0;

  /// How much of that spool was committed last; nullopt for nothing yet, or for no longer known.
  virtual std::optional<SpoolPosition> spool_position(std::string_view spool_id) = 0;
};

}  // namespace keitaro_outbox::ports
