#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/time.hpp"

namespace keitaro_outbox::postgresql {

/// A text that every database takes: what is no UTF-8, and NULs, are replaced.
std::string storable(std::string_view text);

/// Milliseconds of a time, within what a timestamptz holds: 0 stands for '-infinity', which is "now".
std::int64_t storable_millis(core::WallTime time);

/// A column of many values, one for each of many rows: a parameter that `unnest()` takes apart.
class ArrayParameter {
 public:
  ArrayParameter& add(std::string_view text);
  ArrayParameter& add(const char* text) { return add(std::string_view(text)); }
  ArrayParameter& add(std::integral auto number) { return add_raw(std::to_string(number)); }
  ArrayParameter& add(bool value) { return add_raw(value ? "t" : "f"); }
  ArrayParameter& add(core::WallTime time) { return add(storable_millis(time)); }
  ArrayParameter& add_null() { return add_raw("NULL"); }
  template <typename T>
  ArrayParameter& add(const std::optional<T>& value) {
    return value ? add(*value) : add_null();
  }

  /// As PostgreSQL reads an array: `{1,NULL}`.
  std::string text() const { return text_ + (text_.empty() ? "{}" : "}"); }

 private:
  ArrayParameter& add_raw(std::string_view element);

  std::string text_;
};

/// The values of $1, $2 … of one statement, in text form. NULL is nullopt.
class Parameters {
 public:
  Parameters& add(std::string_view text);
  Parameters& add(const char* text) { return add(std::string_view(text)); }
  Parameters& add(const std::string& text) { return add(std::string_view(text)); }
  Parameters& add(std::integral auto number) {
    values_.emplace_back(std::to_string(number));
    return *this;
  }
  Parameters& add(bool value) {
    values_.emplace_back(value ? "t" : "f");
    return *this;
  }
  Parameters& add(core::WallTime time) { return add(storable_millis(time)); }
  Parameters& add(const ArrayParameter& array) {
    values_.emplace_back(array.text());
    return *this;
  }
  template <typename T>
  Parameters& add(const std::optional<T>& value) {
    if (value) return add(*value);
    values_.emplace_back();
    return *this;
  }

  const std::vector<std::optional<std::string>>& values() const { return values_; }

 private:
  std::vector<std::optional<std::string>> values_;
};

}  // namespace keitaro_outbox::postgresql
