#include "web/form.hpp"

#include <algorithm>
#include <charconv>

#include "core/text/ascii.hpp"
#include "core/url/percent.hpp"

namespace keitaro_outbox::web {
namespace {

/// More fields than a page of ours has are nobody's form.
constexpr std::size_t kMostFields = 100;

std::string decoded(std::string_view text) {
  std::string out(text);
  std::ranges::replace(out, '+', ' ');
  return core::percent_decode(out);
}

}  // namespace

Form Form::parse(std::string_view encoded) {
  Form form;
  while (!encoded.empty() && form.values_.size() < kMostFields) {
    const std::size_t end = std::min(encoded.find('&'), encoded.size());
    const std::string_view field = encoded.substr(0, end);
    encoded.remove_prefix(std::min(end + 1, encoded.size()));
    if (field.empty()) continue;
    const std::size_t equals = std::min(field.find('='), field.size());
    form.values_.emplace_back(decoded(field.substr(0, equals)),
                              decoded(field.substr(std::min(equals + 1, field.size()))));
  }
  return form;
}

const std::string& Form::operator[](std::string_view name) const {
  static const std::string none;
  const auto found = std::ranges::find(values_, name, &core::Params::value_type::first);
  return found == values_.end() ? none : found->second;
}

std::optional<std::string> Form::given(std::string_view name) const {
  const std::string& value = (*this)[name];
  return value.empty() ? std::nullopt : std::optional(value);
}

std::string Form::hidden(std::string_view name) const {
  return core::percent_decode((*this)[name]);
}

std::optional<std::int64_t> Form::id(std::string_view name) const {
  const std::string& text = (*this)[name];
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() || value < 1)
    return std::nullopt;
  return value;
}

}  // namespace keitaro_outbox::web
