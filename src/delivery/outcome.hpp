#pragma once

#include <optional>
#include <string>

#include "core/row.hpp"
#include "core/time.hpp"
#include "delivery/lane.hpp"
#include "ports/store.hpp"

namespace keitaro_outbox::delivery {

/// What became of a row, kept in memory until it is committed.
struct Outcome {
  Lane* lane = nullptr;
  std::string subid;
  std::string tid;
  ports::RowResult result;
  std::optional<core::LedgerEntry> taken_in;
  std::optional<ports::FailedAttempt> failure;
  core::Millis latency{};
  bool withdrawn =
      false;  ///< The row was not sent after all: only its click is freed, `result` has just the id.
};

}  // namespace keitaro_outbox::delivery
