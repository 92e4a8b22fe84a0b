#include <string>

#include "core/rules/transition.hpp"
#include "target.hpp"

namespace core = keitaro_outbox::core;

FUZZ_TARGET(moves, bytes) {
  const auto move = core::parse_move(bytes);
  if (!move) return;
  const std::string text =
      std::string(core::name_of(move->from)) + "->" + std::string(core::name_of(move->to));
  MUST_HOLD(core::parse_move(text) == move);
  MUST_HOLD(bytes.size() >= text.size());

  core::TransitionPolicy policy;
  policy.allow(*move);
  MUST_HOLD(policy.allows(*move));
}
