#pragma once

#include <cstdint>
#include <string_view>

#include "core/rules/row.hpp"

namespace keitaro_outbox::delivery {

/// The same for the same try of the same row at the same place only: whatever is changed in the row, or done
/// to it by hand, or sent for it, it is another one then. The same in each build. Of `url` host and query
/// count, and not the path, which holds the key.
std::uint64_t version_of(const core::Row& row, std::string_view url, std::string_view sentinel);

}  // namespace keitaro_outbox::delivery
