#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/url/params.hpp"

namespace keitaro_outbox::intake {

/// `{lead}:{status}:{time}`: how an event id is made of what the sender calls its parameters.
class EventIdTemplate {
 public:
  /// Nullopt for a bracket that is not closed or empty, and for a text without any.
  static std::optional<EventIdTemplate> parse(std::string_view text);

  /// Nullopt where one of its parameters is missing, empty, or a macro that was not filled in: the same id
  /// would then stand for several events.
  std::optional<std::string> fill_in(const core::Params& sent) const;

  /// The parameters that it is made of, in its order.
  std::vector<std::string> names() const;

  friend bool operator==(const EventIdTemplate&, const EventIdTemplate&) = default;

 private:
  struct Part {
    std::string text;
    bool is_name = false;
    friend bool operator==(const Part&, const Part&) = default;
  };
  std::vector<Part> parts_;
};

}  // namespace keitaro_outbox::intake
