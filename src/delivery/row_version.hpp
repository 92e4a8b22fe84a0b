#pragma once

#include <cstdint>

#include "core/row.hpp"

namespace keitaro_outbox::delivery {

/// The same for the same try of the same row only: whatever is changed in the row, or done to it by hand, it
/// is another one then. The same in each build.
std::uint64_t version_of(const core::Row& row);

}  // namespace keitaro_outbox::delivery
