#pragma once

namespace keitaro_outbox::ports {

/// Where jitter comes from.
class Random {
 public:
  virtual ~Random() = default;
  /// A number in [0, 1).
  virtual double next() = 0;
};

}  // namespace keitaro_outbox::ports
