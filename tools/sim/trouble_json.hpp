#pragma once

#include <string>
#include <string_view>

#include "sim/trouble.hpp"

namespace keitaro_sim {

/// `{"fail":{"503":0.2},"cut_before":0,"cut_after":0,"hang":0,"hang_for_ms":60000,"latency_ms":0,"latency_jitter_ms":0,
/// "retry_after":null}`
std::string trouble_as_json(const Trouble& trouble);

/// Changes what the JSON object names and leaves the rest. When anything is wrong nothing changes, and the
/// answer is one sentence that says what; otherwise it is empty.
std::string change_trouble(Trouble& trouble, std::string_view json);

}  // namespace keitaro_sim
