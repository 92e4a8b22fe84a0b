#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "core/readback/verdict.hpp"
#include "core/text/time.hpp"
#include "ports/outbox_reader.hpp"
#include "ports/read_back_store.hpp"

namespace keitaro_outbox::report {

/// What the tracker's own records say of a conversion, for people: `the tracker does not know this click
/// (looked at 2026-01-31 09:05:07)`. Empty where it was not asked and will not be.
std::string verdict_words(const ports::ConversionRecord& conversion, core::WallTime now);

/// How many conversions of a tracker have each verdict.
struct VerdictTotals {
  std::array<std::int64_t, core::kVerdicts> of{};
  bool whole = true;  ///< Whether all were counted; if not there are more `recorded` and `unchecked`.
};

/// Counts for at most `time`; to the end without a limit. Throws StoreError.
VerdictTotals count_verdicts(ports::ReadBackStore& store, const std::string& tracker,
                             std::optional<core::Millis> time);

}  // namespace keitaro_outbox::report
