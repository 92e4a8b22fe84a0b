#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/text/time.hpp"
#include "sim/money.hpp"

namespace keitaro_sim {

/// One conversion as a tracker keeps it. A click (subid) may have several, each with a tid of its own.
struct Conversion {
  std::uint64_t id = 0;
  std::string subid;
  std::string tid;  ///< Empty for none.
  std::string status;
  std::string original_status;  ///< The name that the last postback came with.
  std::string previous_status;  ///< Empty until the status changes.
  Money revenue;                ///< In the tracker's own currency.
  Money cost;
  keitaro_outbox::core::WallTime postback_at{};  ///< Ack of the first postback: a change of status keeps it.
  keitaro_outbox::core::WallTime changed_at{};   ///< Ack of the last postback that took effect.
  std::vector<std::string> history;  ///< Original statuses that took effect, in order; the first 100.
  int rebills = 0;             ///< Times that a rebill took effect: more than one is money counted twice.
  bool deleted = false;        ///< By hand: nothing shows it any more.
  std::size_t last_facts = 0;  ///< A hash of the last postback for this pair, to tell exact repeats.
};

}  // namespace keitaro_sim
