#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "sim/trouble.hpp"

namespace keitaro_sim {

// Each sets a field from a value of JSON. The answer is one sentence that says what is wrong, or empty.

inline std::string set_share(double& share, const nlohmann::json& value, const std::string& name) {
  if (!value.is_number()) return name + " must be a number between 0 and 1";
  share = value.get<double>();
  return {};
}

inline std::string set_millis(Millis& wait, const nlohmann::json& value, const std::string& name) {
  if (!value.is_number_integer()) return name + " must be whole milliseconds";
  wait = Millis{value.get<Millis::rep>()};
  return {};
}

}  // namespace keitaro_sim
