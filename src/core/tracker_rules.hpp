#pragma once

#include <cstdint>
#include <string>

#include "core/postback_url.hpp"
#include "core/status.hpp"
#include "core/transition.hpp"

namespace keitaro_outbox::core {

enum class Style : std::uint8_t {
  mapped,  ///< `status=` is a Keitaro status.
  raw      ///< `status=` is the row's own, with the lists that tell Keitaro what it counts as.
};

/// What decides about a row of one tracker, without regard to time or traffic.
struct TrackerRules {
  std::string name = "default";
  PostbackUrl url;
  StatusMap statuses;
  TransitionPolicy transitions;
  Style style = Style::mapped;
  std::string sentinel = "OK";  ///< Asked for with `return=` and looked for in the answer. Empty: neither.
};

}  // namespace keitaro_outbox::core
