#pragma once

#include <string>
#include <utility>
#include <vector>

#include "bench/bench.hpp"

namespace keitaro_outbox::bench {

/// What the figures depend on: machine, file system, versions, sizes.
std::vector<std::pair<std::string, std::string>> describe_setting(const Bench& bench);

}  // namespace keitaro_outbox::bench
