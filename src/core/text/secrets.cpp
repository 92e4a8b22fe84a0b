#include "core/text/secrets.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <system_error>
#include <utility>

#include "core/text/ascii.hpp"
#include "core/url/percent.hpp"

namespace keitaro_outbox::core {
namespace {

/// A character as JSON or HTML writes it where it escapes it.
struct Escaped {
  std::string utf8;      ///< Empty: there is none.
  std::size_t size = 0;  ///< Bytes that it takes as written.
};

std::string utf8_of(std::uint32_t code) {
  const auto tail = [](std::uint32_t bits) { return static_cast<char>(0x80U | (bits & 0x3fU)); };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xc0U | (code >> 6U)), tail(code)};
  if (code < 0x10000) return {static_cast<char>(0xe0U | (code >> 12U)), tail(code >> 6U), tail(code)};
  if (code < 0x110000) {
    return {static_cast<char>(0xf0U | (code >> 18U)), tail(code >> 12U), tail(code >> 6U), tail(code)};
  }
  return {};
}

/// A number of 1 to 8 digits at the start of `text`; `digits` is how many there were, 0 for none.
std::uint32_t number_at(std::string_view text, int base, std::size_t most, std::size_t& digits) {
  std::uint32_t value = 0;
  const char* const end = text.data() + std::min(text.size(), most);
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  digits = error == std::errc{} ? static_cast<std::size_t>(stop - text.data()) : 0;
  return value;
}

/// `\/`, `\u002f`, `\ud83d\ude00`, and what other languages make of bytes, `\x2f`.
Escaped backslash_escape(std::string_view text) {
  if (text.size() < 2) return {};
  const char kind = text[1];
  if (kind == '/' || kind == '"' || kind == '\\' || kind == '\'') return {std::string(1, kind), 2};
  const std::size_t wanted = kind == 'u' ? 4 : kind == 'x' ? 2 : 0;
  if (wanted == 0) return {};
  std::size_t digits = 0;
  std::uint32_t code = number_at(text.substr(2), 16, wanted, digits);
  if (digits != wanted) return {};
  std::size_t size = 2 + wanted;
  const bool first_half = code >= 0xd800 && code < 0xdc00;
  if (first_half && text.substr(size, 2) == "\\u") {
    const std::uint32_t second = number_at(text.substr(size + 2), 16, 4, digits);
    if (digits == 4 && second >= 0xdc00 && second < 0xe000) {
      code = 0x10000 + ((code - 0xd800) << 10U) + (second - 0xdc00);
      size += 6;
    }
  }
  return {utf8_of(code), size};
}

/// `&#47;`, `&#x2F;`, `&amp;` and the names of what else a URL may hold; a `;` may be missing.
Escaped html_entity(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, char>, 26> kNames{
      {{"amp", '&'},    {"lt", '<'},     {"gt", '>'},     {"quot", '"'},  {"apos", '\''}, {"sol", '/'},
       {"bsol", '\\'},  {"equals", '='}, {"plus", '+'},   {"colon", ':'}, {"semi", ';'},  {"comma", ','},
       {"period", '.'}, {"lowbar", '_'}, {"dollar", '$'}, {"excl", '!'},  {"quest", '?'}, {"commat", '@'},
       {"percnt", '%'}, {"ast", '*'},    {"lpar", '('},   {"rpar", ')'},  {"lsqb", '['},  {"rsqb", ']'},
       {"grave", '`'},  {"hyphen", '-'}}};
  if (text.substr(0, 2) == "&#") {
    const bool hex = text.size() > 2 && (text[2] == 'x' || text[2] == 'X');
    const std::size_t before = hex ? 3 : 2;
    std::size_t digits = 0;
    const std::uint32_t code =
        text.size() > before ? number_at(text.substr(before), hex ? 16 : 10, 8, digits) : 0;
    if (digits == 0) return {};
    const std::size_t end = before + digits;
    return {utf8_of(code), end + (text.substr(end, 1) == ";" ? 1U : 0U)};
  }
  for (const auto& [name, character] : kNames) {
    if (text.substr(1, name.size()) != name) continue;
    const std::size_t end = 1 + name.size();
    return {std::string(1, character), end + (text.substr(end, 1) == ";" ? 1U : 0U)};
  }
  return {};
}

Escaped escaped_at(std::string_view text, std::size_t at) {
  if (text[at] == '\\') return backslash_escape(text.substr(at));
  if (text[at] == '&') return html_entity(text.substr(at));
  return {};
}

/// Where `spelling` ends in `text` when it begins at `start`, each byte plain, percent-encoded, or its
/// character escaped as JSON and HTML do; `start` itself when it does not.
std::size_t end_of_match(std::string_view text, std::size_t start, std::string_view spelling) {
  std::size_t at = start;
  for (std::size_t i = 0; i < spelling.size();) {
    if (at >= text.size()) return start;
    const char c = spelling[i];
    // Before the plain byte: `&amp;` begins with the character that it stands for.
    const Escaped escaped = escaped_at(text, at);
    if (!escaped.utf8.empty() && spelling.substr(i).starts_with(escaped.utf8)) {
      at += escaped.size;
      i += escaped.utf8.size();
    } else if (text[at] == c || (c == ' ' && text[at] == '+')) {
      ++at;
      ++i;
    } else if (percent_encoded_byte_at(text, at) == static_cast<unsigned char>(c)) {
      at += 3;
      ++i;
    } else {
      return start;
    }
  }
  return at;
}

bool is_word_character(char c) {
  return ascii::is_letter(c) || ascii::is_digit(c);
}

/// Whether `text` ends in an escaped character, whose last letters belong to no word.
bool ends_in_escape(std::string_view text) {
  for (const std::size_t size : {std::size_t{3}, std::size_t{4}, std::size_t{6}}) {
    if (size > text.size()) continue;
    const std::size_t at = text.size() - size;
    if (size == 3 ? percent_encoded_byte_at(text, at) >= 0 : escaped_at(text, at).size == size) return true;
  }
  return false;
}

/// A word of a few letters would be found all over plain sentences. It is taken for the key where it stands
/// by itself, one of a letter or two where a sign of URLs stands beside it too.
bool may_be_the_word(std::string_view text, std::size_t begin, std::size_t end, std::size_t length) {
  constexpr std::size_t kPlainLength = 4;
  constexpr std::size_t kShortWord = 2;
  constexpr std::string_view kSigns = "/=&?@:%\\\"'";
  if (length >= kPlainLength || (begin == 0 && end == text.size())) return true;
  const bool escape_before = ends_in_escape(text.substr(0, begin));
  const char before = begin > 0 ? text[begin - 1] : ' ';
  const char after = end < text.size() ? text[end] : ' ';
  if ((is_word_character(before) && !escape_before) || is_word_character(after)) return false;
  return length > kShortWord || escape_before || kSigns.find(before) != std::string_view::npos ||
         kSigns.find(after) != std::string_view::npos;
}

}  // namespace

void Secrets::add(std::string_view word) {
  const std::string decoded = percent_decode(word);
  add_spelling(std::string(word));
  add_spelling(decoded);
  // A '%' within a word can be read in two ways; these two settle it. The second is the URL itself standing
  // in a query value.
  add_spelling(percent_encode(decoded));
  add_spelling(percent_encode(word));
}

void Secrets::add(const Secrets& other) {
  for (const std::string& spelling : other.spellings_) add_spelling(spelling);
}

void Secrets::add_spelling(std::string spelling) {
  if (spelling.empty() || std::find(spellings_.begin(), spellings_.end(), spelling) != spellings_.end())
    return;
  spellings_.push_back(std::move(spelling));
}

std::string Secrets::scrub(std::string_view text) const {
  if (spellings_.empty()) return std::string(text);
  std::string out;
  std::size_t hidden_to = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool inside = i < hidden_to;
    for (const std::string& spelling : spellings_) {
      const std::size_t end = end_of_match(text, i, spelling);
      if (end > hidden_to && may_be_the_word(text, i, end, spelling.size())) hidden_to = end;
    }
    if (i >= hidden_to) {
      out += text[i];
    } else if (!inside) {
      out += "***";
    }
  }
  return out;
}

}  // namespace keitaro_outbox::core
