#include "core/url/params.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "target.hpp"

namespace core = keitaro_outbox::core;

FUZZ_TARGET(params, bytes) {
  const core::ParsedParams parsed = core::parse_params(bytes);
  if (parsed.error) {
    MUST_HOLD(parsed.params.empty());
    MUST_HOLD(keitaro_outbox::fuzz::is_harmless_line(parsed.error->reason));
    MUST_HOLD(parsed.error->reason.size() <= 400);
    return;
  }
  std::set<std::string> names;
  for (const auto& [name, value] : parsed.params) {
    MUST_HOLD(!name.empty() && !core::reserved_param(name));
    MUST_HOLD(names.insert(name).second);
  }

  // Another reader sees the same members: nothing was lost, and nothing made up.
  const nlohmann::json object = nlohmann::json::parse(bytes);
  MUST_HOLD(object.is_object());
  std::size_t sent = 0;
  for (const auto& [name, value] : object.items()) {
    MUST_HOLD(!value.is_structured());
    MUST_HOLD(value.is_null() != names.contains(name));
    if (!value.is_null()) ++sent;
    if (!value.is_string()) continue;
    MUST_HOLD(std::ranges::count(parsed.params, std::pair<std::string, std::string>(name, value)) == 1);
  }
  MUST_HOLD(sent == parsed.params.size());

  // One text for all spellings.
  const std::string canonical = core::canonical_params(parsed.params);
  core::Params reversed(parsed.params.rbegin(), parsed.params.rend());
  MUST_HOLD(core::canonical_params(reversed) == canonical);
  MUST_HOLD(canonical.empty() == parsed.params.empty());
  if (canonical.empty()) return;
  const core::ParsedParams again = core::parse_params(canonical);
  MUST_HOLD(!again.error && core::canonical_params(again.params) == canonical);
  core::Params sorted = parsed.params;
  std::ranges::sort(sorted);
  MUST_HOLD(again.params == sorted);
}
