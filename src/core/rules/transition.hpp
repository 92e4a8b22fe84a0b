#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "core/rules/status.hpp"

namespace keitaro_outbox::core {

struct Move {
  Status from;
  Status to;
  friend bool operator==(const Move&, const Move&) = default;
};

/// Reads `rejected->sale`; blanks around the names are allowed, any case. Nullopt for anything else.
std::optional<Move> parse_move(std::string_view text);

/// Which moves of a conversion from one status to another are sent.
class TransitionPolicy {
 public:
  /// What Keitaro publishes: lead→sale, lead→rejected, sale→rejected, rebill→rejected.
  TransitionPolicy();

  void allow(Move move);

  /// Whether the move is allowed. A status to itself is no move: it is an update, and always allowed here.
  bool allows(Move move) const;

  friend bool operator==(const TransitionPolicy&, const TransitionPolicy&) = default;

 private:
  std::array<bool, 16> allowed_{};
};

}  // namespace keitaro_outbox::core
