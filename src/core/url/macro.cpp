#include "core/url/macro.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace keitaro_outbox::core {
namespace {

constexpr int kMostSubIds = 30;

constexpr std::array<std::pair<std::string_view, Macro>, 14> kMacros{{
    {"click", Macro::click},
    {"subid", Macro::click},
    {"status", Macro::status},
    {"campaign", Macro::campaign},
    {"tid", Macro::tid},
    {"payout", Macro::payout},
    {"cost", Macro::cost},
    {"currency", Macro::currency},
    {"time", Macro::time},
    {"user", Macro::param},
    {"lead", Macro::param},
    {"subscriber", Macro::param},
    {"username", Macro::param},
    {"chat", Macro::param},
}};

const std::vector<std::string>& sub_id_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (int i = 1; i <= kMostSubIds; ++i) names.push_back("sub_id_" + std::to_string(i));
    return names;
  }();
  return kNames;
}

}  // namespace

std::optional<Macro> macro_named(std::string_view name) {
  for (const auto& [known, macro] : kMacros) {
    if (known == name) return macro;
  }
  const auto& sub_ids = sub_id_names();
  if (std::find(sub_ids.begin(), sub_ids.end(), name) != sub_ids.end()) return Macro::param;
  return std::nullopt;
}

std::vector<std::string_view> macro_names() {
  std::vector<std::string_view> names;
  for (const auto& [name, macro] : kMacros) names.push_back(name);
  const auto& sub_ids = sub_id_names();
  names.insert(names.end(), sub_ids.begin(), sub_ids.end());
  return names;
}

std::string_view MacroValues::of(Macro macro, std::string_view param) const {
  switch (macro) {
    case Macro::click:
      return click;
    case Macro::status:
      return status;
    case Macro::campaign:
      return campaign;
    case Macro::tid:
      return tid;
    case Macro::payout:
      return payout;
    case Macro::cost:
      return cost;
    case Macro::currency:
      return currency;
    case Macro::time:
      return time;
    case Macro::param:
      break;
  }
  if (params == nullptr) return {};
  for (const auto& [name, value] : *params) {
    if (name == param) return value;
  }
  return {};
}

}  // namespace keitaro_outbox::core
