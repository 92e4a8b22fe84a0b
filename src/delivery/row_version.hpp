#pragma once

#include <cstdint>
#include <string_view>

#include "core/rules/row.hpp"

namespace keitaro_outbox::delivery {

/// A hash that is the same only for the same try of the same row, sent to the same place. It differs once
/// anything in the row is changed, by an application or an operator, or a request was made for it. It is the
/// same in each build. The host and query of `url` count; its path, which holds the key, does not.
std::uint64_t version_of(const core::Row& row, std::string_view url, std::string_view sentinel);

}  // namespace keitaro_outbox::delivery
