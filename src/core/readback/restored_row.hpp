#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "core/readback/records.hpp"
#include "core/rules/row.hpp"

namespace keitaro_outbox::core {

/// Of the postbacks of one conversion, in order, how many the tracker has got for sure: those up to the last
/// one whose status and amount its records show. An amount that cannot be compared, for its currency, counts
/// as another: sending again does no harm.
std::size_t rows_recorded(std::span<const Postback> postbacks, std::string_view subid, std::string_view tid,
                          std::span<const RecordedConversion> recorded, const std::string& own_currency);

}  // namespace keitaro_outbox::core
