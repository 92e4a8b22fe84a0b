#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "intake/parameters.hpp"
#include "target.hpp"

namespace intake = keitaro_outbox::intake;

FUZZ_TARGET(intake_json, bytes) {
  const intake::Parameters sent = intake::read_json(bytes);
  if (!sent.readable()) {
    MUST_HOLD(keitaro_outbox::fuzz::is_harmless_line(sent.error));
    MUST_HOLD(sent.error.size() <= 400);
    return;
  }
  // Another reader sees the same members, texts as they are.
  const nlohmann::json object = nlohmann::json::parse(bytes);
  MUST_HOLD(object.is_object());
  std::size_t told = 0;
  for (const auto& [name, value] : object.items()) {
    MUST_HOLD(!value.is_structured());
    // A name without letters names nothing; null and an empty text count as absent.
    if (name.empty() || value.is_null() || value == "") continue;
    ++told;
    const auto found =
        std::ranges::find_if(sent.values, [&n = name](const auto& entry) { return entry.first == n; });
    MUST_HOLD(found != sent.values.end());
    if (value.is_string()) MUST_HOLD(found->second == value.get<std::string>());
    if (value.is_boolean()) MUST_HOLD(found->second == (value.get<bool>() ? "true" : "false"));
    if (value.is_number()) MUST_HOLD(bytes.find(found->second) != std::string_view::npos);
  }
  MUST_HOLD(told <= sent.values.size());
}
