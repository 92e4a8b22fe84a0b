#include "core/rules/transition.hpp"

#include <cstddef>

namespace keitaro_outbox::core {
namespace {

constexpr std::string_view kArrow = "->";

std::size_t index_of(Move move) {
  return static_cast<std::size_t>(move.from) * 4 + static_cast<std::size_t>(move.to);
}

}  // namespace

std::optional<Move> parse_move(std::string_view text) {
  const std::size_t arrow = text.find(kArrow);
  if (arrow == std::string_view::npos) return std::nullopt;
  const auto from = status_named(normalized_status(text.substr(0, arrow)));
  const auto to = status_named(normalized_status(text.substr(arrow + kArrow.size())));
  if (!from || !to) return std::nullopt;
  return Move{*from, *to};
}

TransitionPolicy::TransitionPolicy() {
  allow({Status::lead, Status::sale});
  allow({Status::lead, Status::rejected});
  allow({Status::sale, Status::rejected});
  allow({Status::rebill, Status::rejected});
}

void TransitionPolicy::allow(Move move) {
  allowed_.at(index_of(move)) = true;
}

bool TransitionPolicy::allows(Move move) const {
  return move.from == move.to || allowed_.at(index_of(move));
}

}  // namespace keitaro_outbox::core
