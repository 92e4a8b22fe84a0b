#pragma once

#include <string>
#include <string_view>

namespace keitaro_outbox::config {

/// What is wrong with a parameter that is none of Keitaro's and looks like a misspelt one, as in `its
/// parameter 'reject_status' is none of Keitaro's: did you mean 'rejected_status'?`; empty for all others.
std::string misspelt_parameter(std::string_view name);

}  // namespace keitaro_outbox::config
