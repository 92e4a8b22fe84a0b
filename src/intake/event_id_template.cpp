#include "intake/event_id_template.hpp"

#include "intake/macros.hpp"
#include "intake/parameters.hpp"

namespace keitaro_outbox::intake {

std::optional<EventIdTemplate> EventIdTemplate::parse(std::string_view text) {
  EventIdTemplate made;
  bool has_name = false;
  while (!text.empty()) {
    const std::size_t open = text.find_first_of("{}");
    if (open == std::string_view::npos) {
      made.parts_.push_back({std::string(text), false});
      break;
    }
    if (open > 0) made.parts_.push_back({std::string(text.substr(0, open)), false});
    const std::size_t close = text.find('}', open);
    if (text[open] == '}' || close == std::string_view::npos) return std::nullopt;
    const std::string_view name = text.substr(open + 1, close - open - 1);
    if (name.empty() || name.find('{') != std::string_view::npos) return std::nullopt;
    made.parts_.push_back({std::string(name), true});
    has_name = true;
    text.remove_prefix(close + 1);
  }
  if (!has_name) return std::nullopt;
  return made;
}

std::vector<std::string> EventIdTemplate::names() const {
  std::vector<std::string> names;
  for (const Part& part : parts_) {
    if (part.is_name) names.push_back(part.text);
  }
  return names;
}

std::optional<std::string> EventIdTemplate::fill_in(const core::Params& sent) const {
  std::string id;
  for (const Part& part : parts_) {
    const std::string_view value = part.is_name ? value_of(sent, part.text) : std::string_view(part.text);
    if (value.empty() || (part.is_name && is_unfilled_macro(value))) return std::nullopt;
    id += value;
  }
  return id;
}

}  // namespace keitaro_outbox::intake
