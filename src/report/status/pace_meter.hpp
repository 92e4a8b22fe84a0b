#pragma once

#include <deque>
#include <map>
#include <string>

#include "core/text/time.hpp"
#include "ports/backlog_reader.hpp"
#include "report/status/status_overview.hpp"

namespace keitaro_outbox::report {

/// Measures how fast rows are finished, between looks a few seconds apart: what came, and is no longer
/// pending, is finished. No finished row is counted for it.
class PaceMeter {
 public:
  /// To be told each look in order, and when it was.
  void take(const ports::StatusSnapshot& snapshot, core::SteadyTime now);

  /// Fills in the paces; none before the second look.
  void fill(Overview& overview) const;

 private:
  struct Sample {
    core::SteadyTime at{};
    std::map<std::string, std::int64_t> finished;  ///< Since the look before.
    std::map<std::string, std::int64_t> inserted;
  };

  std::map<std::string, std::int64_t> pending_;
  std::deque<Sample> samples_;
};

}  // namespace keitaro_outbox::report
