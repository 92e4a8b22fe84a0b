#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace keitaro_outbox::report {

/// A JSON value to print: members and items stay in the order in which they were given.
/// Written `Json{{"id", 7}, {"added", true}}`. That of nlohmann reads too, and would cost each verb seconds
/// of compiling.
class Json {
 public:
  struct Member;

  Json(std::nullptr_t = nullptr);
  Json(bool value);
  Json(double value);
  template <std::integral Number>
  Json(Number value) : Json(Kind::literal, std::to_string(value)) {}
  Json(std::string text);
  Json(std::string_view text) : Json(std::string(text)) {}
  Json(const char* text) : Json(std::string(text)) {}
  Json(std::initializer_list<Member> members);
  template <typename Item>
  Json(const std::vector<Item>& items) : Json(array()) {
    for (const Item& item : items) push_back(item);
  }
  static Json array();
  static Json object();

  Json(const Json&);
  Json(Json&&) noexcept;
  Json& operator=(const Json&);
  Json& operator=(Json&&) noexcept;
  ~Json();

  void push_back(Json item);                ///< To an array.
  Json& operator[](std::string_view name);  ///< An object's member, made if it is not there.

  bool is_null() const { return kind_ == Kind::null; }
  bool is_string() const { return kind_ == Kind::string; }
  const std::string& string() const { return text_; }              ///< A string's, as it was given.
  const std::vector<Member>& members() const { return members_; }  ///< An object's.

  /// In ASCII, bytes that are not UTF-8 as U+FFFD; in one line, or with two blanks of indentation.
  std::string line() const;
  std::string page() const;

 private:
  enum class Kind : std::uint8_t { null, literal, string, array, object };

  Json(Kind kind, std::string text);
  void write(std::string& out, std::string_view line_end) const;

  Kind kind_ = Kind::null;
  std::string text_;             // a string's, or the literal
  std::vector<Member> members_;  // an object's, or an array's items, without names
};

struct Json::Member {
  std::string name;
  Json value;
};

}  // namespace keitaro_outbox::report
