#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/url/params.hpp"

namespace keitaro_outbox::core {

/// What may stand in braces in a template, by where its value comes from.
enum class Macro : std::uint8_t {
  click,     ///< `{click}`, `{subid}`: the row's subid, as it is sent.
  status,    ///< `{status}`: the row's status in lower case.
  campaign,  ///< `{campaign}`: the row's campaign code.
  tid,       ///< `{tid}`.
  payout,    ///< `{payout}`: as it would be sent, at most 4 places.
  cost,      ///< `{cost}`: the same.
  currency,  ///< `{currency}`.
  time,      ///< `{time}`: when the row was written, Unix seconds. The same at each try.
  param      ///< `{user}` `{lead}` `{subscriber}` `{username}` `{chat}` `{sub_id_1}` … `{sub_id_30}`: of
             ///< `params`.
};

/// The macro of this name, written without braces, or nullopt. Case counts.
std::optional<Macro> macro_named(std::string_view name);

/// Every name that macro_named() knows, for suggestions.
std::vector<std::string_view> macro_names();

/// What the macros stand for, for one row; an empty text is none. The texts must outlive the values.
struct MacroValues {
  std::string_view click;
  std::string_view status;
  std::string_view campaign;
  std::string_view tid;
  std::string_view payout;
  std::string_view cost;
  std::string_view currency;
  std::string_view time;
  const Params* params = nullptr;

  /// `param` is the name to look for in `params`, for Macro::param. Empty when there is none.
  std::string_view of(Macro macro, std::string_view param) const;
};

}  // namespace keitaro_outbox::core
