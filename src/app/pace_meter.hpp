#pragma once

#include <deque>
#include <map>
#include <string>

#include "app/status_overview.hpp"
#include "core/text/time.hpp"
#include "sqlite/read/backlog_reader.hpp"

namespace keitaro_outbox::app {

/// Measures how fast rows are finished, between looks a few seconds apart: what came, and is no longer
/// pending, is finished. No finished row is counted for it.
class PaceMeter {
 public:
  /// To be told each look in order, and when it was.
  void take(const sqlite::StatusSnapshot& snapshot, core::SteadyTime now);

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

}  // namespace keitaro_outbox::app
