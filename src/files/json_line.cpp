#include "files/json_line.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "core/text/ascii.hpp"

namespace keitaro_outbox::files {
namespace {

using nlohmann::json;

/// Walks over a text that is known to be a JSON object.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::vector<JsonMember> members() {
    std::vector<JsonMember> out;
    skip_space();
    ++at_;  // {
    skip_space();
    while (text_[at_] != '}') {
      std::string key = json_string_value(take_string());
      skip_space();
      ++at_;  // :
      skip_space();
      out.push_back({std::move(key), take_value()});
      skip_space();
      if (text_[at_] == ',') ++at_;
      skip_space();
    }
    return out;
  }

 private:
  void skip_space() {
    while (core::ascii::is_space(text_[at_])) ++at_;
  }

  std::string_view take_string() {
    const std::size_t begin = at_;
    for (++at_; text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\') ++at_;
    }
    ++at_;
    return text_.substr(begin, at_ - begin);
  }

  std::string_view take_nested() {
    const std::size_t begin = at_;
    int depth = 0;
    do {
      const char c = text_[at_];
      if (c == '"') {
        take_string();
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++at_;
    } while (depth > 0);
    return text_.substr(begin, at_ - begin);
  }

  std::string_view take_value() {
    if (text_[at_] == '"') return take_string();
    if (text_[at_] == '{' || text_[at_] == '[') return take_nested();
    const std::size_t begin = at_;
    while (text_[at_] != ',' && text_[at_] != '}' && !core::ascii::is_space(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string mistake_in(std::string_view text) {
  try {
    [[maybe_unused]] const json parsed = json::parse(text);
  } catch (const json::parse_error& error) {
    return "is no valid JSON: the mistake is at byte " + std::to_string(error.byte);
  } catch (const json::exception&) {
    return "holds a number beyond all range: write it as a text in quotes";
  }
  return "is no valid JSON";
}

}  // namespace

JsonLine read_json_line(std::string_view text) {
  // The library takes a NUL for the end of the text.
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return {{}, "is no valid JSON: there is a NUL at byte " + std::to_string(nul + 1)};
  }
  if (!json::accept(text)) return {{}, mistake_in(text)};
  if (!core::ascii::trim(text).starts_with('{')) {
    return {{}, "is no JSON object: write one for each line, such as {\"subid\":\"a\",\"status\":\"sale\"}"};
  }
  return {Scanner(text).members(), {}};
}

std::string json_string_value(std::string_view written) {
  if (written.find('\\') == std::string_view::npos) return std::string(written.substr(1, written.size() - 2));
  return json::parse(written).get<std::string>();
}

std::string json_string(std::string_view text) {
  constexpr int kCompact = -1;
  constexpr bool kAscii = false;
  return json(text).dump(kCompact, ' ', kAscii, json::error_handler_t::replace);
}

}  // namespace keitaro_outbox::files
