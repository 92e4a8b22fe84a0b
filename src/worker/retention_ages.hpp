#pragma once

#include <optional>

#include "core/text/time.hpp"

namespace keitaro_outbox::worker {

/// How long the worker keeps what it does not need any more; nullopt is for ever.
struct RetentionAges {
  std::optional<core::Millis> finished;     ///< Rows, since they were finished; their attempts go with them.
  std::optional<core::Millis> attempts;     ///< Failed attempts, whatever became of their row.
  std::optional<core::Millis> conversions;  ///< What duplicates and moves are judged by.
  std::optional<core::Millis> rejects;      ///< Requests that could not become rows, since they came.

  bool any() const { return finished || attempts || conversions || rejects; }
};

}  // namespace keitaro_outbox::worker
