#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/url/params.hpp"

namespace keitaro_outbox::web {

/// The names and values of a query or of a form, as HTML forms send them. Of a name that comes twice the
/// first counts.
class Form {
 public:
  static Form parse(std::string_view encoded);

  /// '' where there is none.
  const std::string& operator[](std::string_view name) const;
  /// nullopt where there is none, or an empty one.
  std::optional<std::string> given(std::string_view name) const;
  /// A hidden field, as hidden() has encoded it.
  std::string hidden(std::string_view name) const;
  /// A whole number above 0; nullopt for anything else.
  std::optional<std::int64_t> id(std::string_view name) const;

  const core::Params& values() const { return values_; }

 private:
  core::Params values_;
};

}  // namespace keitaro_outbox::web
