#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keitaro_outbox::core {

/// Further parameters of a postback, in the order in which they were written.
using Params = std::vector<std::pair<std::string, std::string>>;

struct ParamsError {
  std::string reason;  ///< One plain sentence that names the parameter.
};

/// Reads the JSON object of the column `params`. Strings are taken as they are, numbers in their written form
/// (`1.50` stays `1.50`), true and false as these words; null is left out. Nested objects and arrays, an
/// empty name, a name that occurs twice, names that have a column or a purpose of their own
/// (reserved_param()), in spellings that PHP takes for these too, and more than 256 KiB are errors.
struct ParsedParams {
  Params params;  ///< Empty when there is an error.
  std::optional<ParamsError> error;
};
ParsedParams parse_params(std::string_view json);

/// Whether a name may not stand in `params`: subid, status, tid, payout, revenue, cost, currency, return.
bool reserved_param(std::string_view name);

/// One text for all spellings of the same parameters: a compact JSON object of strings, sorted by name. Empty
/// for none. Any bytes may stand in it: those that are no UTF-8 come out as they went in.
std::string canonical_params(const Params& params);

}  // namespace keitaro_outbox::core
