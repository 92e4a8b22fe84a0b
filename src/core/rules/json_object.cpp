#include "core/rules/json_object.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "core/text/ascii.hpp"

namespace keitaro_outbox::core {
namespace {

constexpr std::size_t kDeepest = 2000;

bool is_hex_digit(char c) {
  return ascii::is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_letter_or_digit(char c) {
  return ascii::is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Reads one JSON text from its beginning to its end. Levels are kept in a list, not on the call stack: the
/// text comes from outside.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : rest_(text.substr(0, text.find('\0'))) {}

  std::optional<std::vector<std::string_view>> object_names() {
    skip_blanks();
    if (!rest_.starts_with('{') || !value()) return std::nullopt;
    while (!open_.empty()) {
      if (!next_in_level()) return std::nullopt;
    }
    skip_blanks();
    if (!rest_.empty()) return std::nullopt;
    return std::move(names_);
  }

 private:
  /// An open object or array, by its closing bracket.
  struct Level {
    char closing;
    bool empty = true;
  };

  /// Reads the next member of the innermost level, or its end.
  bool next_in_level() {
    Level& level = open_.back();
    skip_blanks();
    if (take(level.closing)) {
      open_.pop_back();
      return true;
    }
    if (!level.empty && !take(',')) return false;
    level.empty = false;
    if (level.closing == '}' && !name()) return false;
    return value();
  }

  bool name() {
    skip_blanks();
    const auto text = string();
    if (!text) return false;
    if (open_.size() == 1) names_.push_back(*text);
    skip_blanks();
    return take(':');
  }

  /// Reads a value, of an object or array the opening bracket only.
  bool value() {
    skip_blanks();
    if (rest_.empty()) return false;
    switch (rest_.front()) {
      case '{':
        return open('}');
      case '[':
        return open(']');
      case '"':
        return string().has_value();
      case 'n':
        return word("null");
      case 't':
        return word("true");
      case 'f':
        return word("false");
      default:
        return number();
    }
  }

  bool open(char closing) {
    if (open_.size() == kDeepest) return false;
    rest_.remove_prefix(1);
    open_.push_back({closing});
    return true;
  }

  /// What stands between the quotes.
  std::optional<std::string_view> string() {
    if (!rest_.starts_with('"')) return std::nullopt;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      const char c = rest_[i];
      if (static_cast<unsigned char>(c) < ' ') return std::nullopt;
      if (c == '"') {
        const std::string_view text = rest_.substr(1, i - 1);
        rest_.remove_prefix(i + 1);
        return text;
      }
      if (c == '\\' && !escape(++i)) return std::nullopt;
    }
    return std::nullopt;
  }

  /// Whether the character behind a backslash makes an escape. The digits of `\u` are passed over as text.
  bool escape(std::size_t at) const {
    if (at >= rest_.size()) return false;
    if (rest_[at] != 'u') return std::string_view("\"\\/bfnrt").find(rest_[at]) != std::string_view::npos;
    const std::string_view digits = rest_.substr(at + 1, 4);
    return digits.size() == 4 && std::all_of(digits.begin(), digits.end(), is_hex_digit);
  }

  bool word(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return rest_.empty() || !is_letter_or_digit(rest_.front());
  }

  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!digits()) return false;
    }
    return true;
  }

  bool digits() {
    const std::size_t size = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    rest_.remove_prefix(size);
    return size > 0;
  }

  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\n\r"), rest_.size())); }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string_view rest_;
  std::vector<Level> open_;
  std::vector<std::string_view> names_;
};

}  // namespace

std::optional<std::vector<std::string_view>> json_object_names(std::string_view text) {
  return JsonReader(text).object_names();
}

}  // namespace keitaro_outbox::core
