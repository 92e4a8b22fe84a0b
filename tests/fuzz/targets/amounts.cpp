#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "core/text/amount.hpp"
#include "target.hpp"

using keitaro_outbox::core::Amount;

FUZZ_TARGET(amounts, bytes) {
  const auto amount = Amount::parse(bytes);
  if (!amount) return;

  const std::string text = amount->text();
  MUST_HOLD(Amount::parse(text) == amount);
  MUST_HOLD(text.find_first_not_of("-.0123456789") == std::string::npos);
  MUST_HOLD(text.size() <= 20);
  MUST_HOLD(text != "-0" && !text.ends_with('.') && !text.starts_with('.'));
  MUST_HOLD(text.find('.') == std::string::npos || !text.ends_with('0'));
  MUST_HOLD(text.find('.') == std::string::npos || text.size() - text.find('.') <= 5);

  // No digit was lost: the value is what another reader makes of it, to half of the fourth place.
  const double as_read = std::strtod(std::string(bytes).c_str(), nullptr);
  const double as_written = std::strtod(text.c_str(), nullptr);
  MUST_HOLD(std::abs(as_read - as_written) <= 0.00005 + std::abs(as_read) * 1e-15);

  // More noughts change nothing.
  if (bytes.find('.') != std::string_view::npos && bytes.size() < 32) {
    MUST_HOLD(Amount::parse(std::string(bytes) + "0") == amount);
  }
}
