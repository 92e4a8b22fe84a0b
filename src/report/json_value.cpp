#include "report/json_value.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace keitaro_outbox::report {
namespace {

std::string literal(const nlohmann::json& value) {
  constexpr int kCompact = -1;
  constexpr bool kAscii = true;
  return value.dump(kCompact, ' ', kAscii, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Json::Json(Kind kind, std::string text) : kind_(kind), text_(std::move(text)) {}
Json::Json(std::nullptr_t) {}
Json::Json(bool value) : Json(Kind::literal, value ? "true" : "false") {}
Json::Json(double value) : Json(Kind::literal, literal(value)) {}
Json::Json(std::string text) : Json(Kind::string, std::move(text)) {}
Json::Json(std::initializer_list<Member> members) : kind_(Kind::object), members_(members) {}

Json::Json(const Json&) = default;
Json::Json(Json&&) noexcept = default;
Json& Json::operator=(const Json&) = default;
Json& Json::operator=(Json&&) noexcept = default;
Json::~Json() = default;

Json Json::array() {
  return {Kind::array, {}};
}

Json Json::object() {
  return {Kind::object, {}};
}

void Json::push_back(Json item) {
  members_.push_back({{}, std::move(item)});
}

Json& Json::operator[](std::string_view name) {
  const auto there = std::ranges::find(members_, name, &Member::name);
  if (there != members_.end()) return there->value;
  return members_.emplace_back(Member{std::string(name), {}}).value;
}

std::string Json::line() const {
  std::string out;
  write(out, {});
  return out;
}

std::string Json::page() const {
  std::string out;
  write(out, "\n");
  return out;
}

/// `line_end` goes before a closing bracket of this value; empty for all in one line.
void Json::write(std::string& out, std::string_view line_end) const {
  switch (kind_) {
    case Kind::null:
      out += "null";
      return;
    case Kind::literal:
      out += text_;
      return;
    case Kind::string:
      out += literal(text_);
      return;
    case Kind::array:
    case Kind::object:
      break;
  }
  const bool object = kind_ == Kind::object;
  const std::string inner = line_end.empty() ? std::string() : std::string(line_end) + "  ";
  out += object ? '{' : '[';
  bool first = true;
  for (const Member& member : members_) {
    if (!first) out += ',';
    first = false;
    out += inner;
    if (object) out += literal(member.name) + (inner.empty() ? ":" : ": ");
    member.value.write(out, inner);
  }
  if (!first) out += line_end;
  out += object ? '}' : ']';
}

}  // namespace keitaro_outbox::report
