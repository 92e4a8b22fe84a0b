#pragma once

#include <string_view>
#include <vector>

#include "intake/source.hpp"

namespace keitaro_outbox::intake {

/// The source with this key, all of them being compared; nullptr for none.
const Source* source_with_key(const std::vector<Source>& sources, std::string_view given);

}  // namespace keitaro_outbox::intake
