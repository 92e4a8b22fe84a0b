#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace keitaro_sim {

std::string lower_case(std::string_view text);    ///< ASCII only.
std::string_view trimmed(std::string_view text);  ///< Without white space at both ends.
std::vector<std::string_view> split(std::string_view text,
                                    char separator);  ///< Empty parts are kept; no text is one empty part.

}  // namespace keitaro_sim
