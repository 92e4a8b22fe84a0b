#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/samples.hpp"

namespace keitaro_outbox::bench {

/// Who calls a front door, and how.
struct CallPlan {
  std::uint16_t port = 0;
  std::string before;    ///< The target up to a click id: `/KEY/postback?status=lead&subid=`.
  std::string after;     ///< What stands behind it.
  int connections = 64;  ///< Kept alive; each has one request under way.
  double rate = 0;  ///< Requests a second in all, at even distances; 0: each as soon as the last is answered.
  std::chrono::milliseconds length{1000};
  std::uint64_t seed = 1;
};

struct Calls {
  std::uint64_t answered = 0;  ///< With 200.
  std::uint64_t failed = 0;    ///< With anything else.
  double seconds = 0;
  Samples millis;  ///< From the moment at which a request was due to its whole answer.

  double rate() const { return static_cast<double>(answered) / seconds; }
};

/// Calls as planned, on this thread. Throws std::runtime_error where a connection is lost.
Calls call_front_door(const CallPlan& plan);

/// Connections that say nothing more after `sent`, for as long as it lives.
class HeldConnections {
 public:
  HeldConnections(std::uint16_t port, int count, const std::string& sent);
  ~HeldConnections();
  HeldConnections(const HeldConnections&) = delete;
  HeldConnections& operator=(const HeldConnections&) = delete;

 private:
  std::vector<int> sockets_;
};

}  // namespace keitaro_outbox::bench
