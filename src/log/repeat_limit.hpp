#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/text/time.hpp"

namespace keitaro_outbox::log {

/// Keeps one kind of log line from drowning the others: so many a second are written, the rest is counted.
class RepeatLimit {
 public:
  explicit RepeatLimit(int per_second = 10) : per_second_(per_second) {}

  struct Verdict {
    bool write = false;
    std::int64_t suppressed =
        0;  ///< How many lines of the event were left out since the last one written; with `write` only.
  };
  Verdict judge(std::string_view event, core::SteadyTime now);

  /// The events with lines left out that no later line has told of, with their number; forgets them.
  std::map<std::string, std::int64_t, std::less<>> take_suppressed();

 private:
  struct Window {
    core::SteadyTime start{};
    int written = 0;
    std::int64_t suppressed = 0;
  };
  int per_second_;
  std::map<std::string, Window, std::less<>> windows_;  // By event: our own names, so a handful.
};

}  // namespace keitaro_outbox::log
