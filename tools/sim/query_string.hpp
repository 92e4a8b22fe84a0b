#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keitaro_sim {

/// Decoded parameters in the order in which they came.
using Params = std::vector<std::pair<std::string, std::string>>;

/// Reads `a=1&b=x%20y`: `+` is a blank, a `%` without two hex digits stays as it is, a part without a name is
/// dropped, one without `=` has an empty value.
Params parse_query(std::string_view query);

/// The value of the last parameter of that name (as PHP has it), or nullptr.
const std::string* find_param(const Params& params, std::string_view name);

/// Decodes `%XX`; `+` stays.
std::string decode_path(std::string_view path);

/// Encodes every byte but the unreserved ones.
std::string encode_component(std::string_view value);

}  // namespace keitaro_sim
