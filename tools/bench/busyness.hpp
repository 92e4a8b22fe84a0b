#pragma once

#include <optional>
#include <string>

namespace keitaro_outbox::bench {

/// How busy the machine was with other things than us and our children, over the life of this object: what
/// makes figures of two calls incomparable.
class Busyness {
 public:
  Busyness();

  /// In words, as in "others used 0.31 of 2 cores, 1.2 % stolen"; empty where the system does not tell.
  /// `children_alive`: CPU seconds of children that have not been waited for.
  std::string describe(double children_alive) const;

 private:
  struct Times {
    double busy;    ///< CPU seconds of all processes.
    double stolen;  ///< That the machine's own host did not give.
    double ours;    ///< Of this process and its children that have ended.
  };
  static std::optional<Times> now();

  const std::optional<Times> begun_;
  const double begun_at_;
};

}  // namespace keitaro_outbox::bench
