#include "readback/redaction.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/text/ascii.hpp"
#include "core/text/readable.hpp"
#include "core/url/postback_url.hpp"

namespace keitaro_outbox::readback {
namespace {

namespace ascii = core::ascii;

constexpr std::string_view kHidden = "***";
constexpr std::size_t kLongestMessage = 1'000;

/// Places in a lower-case text; npos where it has none of the spellings.
template <std::size_t Count>
std::size_t first_of(std::string_view text, const std::array<std::string_view, Count>& spellings,
                     std::size_t from = 0) {
  std::size_t first = std::string_view::npos;
  for (const std::string_view spelling : spellings) first = std::min(first, text.find(spelling, from));
  return first;
}

// Plain, percent-encoded once and twice, and escaped as JSON and HTML do.
constexpr std::array<std::string_view, 9> kSlash{"/",     "%2f",   "%252f",  "\\/",  "\\u002f",
                                                 "\\x2f", "&#47;", "&#x2f;", "&sol;"};
constexpr std::array<std::string_view, 8> kQuestionMark{"?",     "%3f",   "%253f",  "\\u003f",
                                                        "\\x3f", "&#63;", "&#x3f;", "&quest;"};
constexpr std::array<std::string_view, 7> kOtherEquals{"%3d",   "%253d",  "\\u003d", "\\x3d",
                                                       "&#61;", "&#x3d;", "&equals;"};
constexpr std::array<std::string_view, 6> kOtherAmpersand{"%26",   "%2526", "\\u0026",
                                                          "\\x26", "&#38;", "&#x26;"};

bool has_slash(std::string_view lower) {
  return first_of(lower, kSlash) != std::string_view::npos;
}

/// `subid=a&status=sale`: values of Keitaro's own parameters stay, unless they hold a URL.
void append_query(std::string& out, std::string_view query) {
  const std::string lower = ascii::lower(query);
  const bool encoded = first_of(lower, kOtherEquals) != std::string_view::npos ||
                       first_of(lower, kOtherAmpersand) != std::string_view::npos;
  if (encoded) {
    out += kHidden;
    return;
  }
  constexpr std::string_view kEntity = "amp;";
  for (bool first = true; !query.empty() || first; first = false) {
    const std::size_t end = std::min(query.find('&'), query.size());
    std::string_view param = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (!first) out += '&';
    if (!first && param.starts_with(kEntity)) param.remove_prefix(kEntity.size());
    const std::size_t equals = std::min(param.find('='), param.size());
    const std::string_view name = param.substr(0, equals);
    if (param.empty()) continue;
    if (equals == param.size()) {
      out += kHidden;
      continue;
    }
    const std::string_view value = param.substr(equals + 1);
    const bool shown = core::may_be_shown(ascii::lower(name)) && !has_slash(ascii::lower(value)) &&
                       value.find_first_of("?=") == std::string_view::npos;
    out += core::is_parameter_name(name) ? name : kHidden;
    out += '=';
    out += shown || value.empty() ? value : kHidden;
  }
}

/// Whether a word is or holds a URL or a path. A lone `a/b`, `N/A` or the word `postback` is none.
bool is_address(std::string_view lower, bool has_query) {
  constexpr std::string_view kAround = "([{,;:=";
  if (!has_slash(lower)) return has_query && lower.find("postback") != std::string_view::npos;
  if (has_query || lower.find("postback") != std::string_view::npos) return true;
  if (lower.find(':') != std::string_view::npos || lower.find("%3a") != std::string_view::npos) return true;
  const std::size_t begin = std::min(lower.find_first_not_of(kAround), lower.size());
  return first_of(lower.substr(begin), kSlash) == 0;
}

/// A stretch of text without blanks, quotes or angle brackets.
void append_word(std::string& out, std::string_view word) {
  const std::string lower = ascii::lower(word);
  const std::size_t mark = std::min(first_of(lower, kQuestionMark), word.size());
  const bool has_query = mark < word.size();
  if (is_address(lower, has_query)) {
    out += kHidden;
    if (lower.substr(0, mark).find("postback") != std::string_view::npos) out += "/postback";
    if (!has_query) return;
    out += '?';
    if (word[mark] == '?') {
      append_query(out, word.substr(mark + 1));
    } else {
      out += kHidden;
    }
  } else if (word.find('=') != std::string_view::npos) {
    append_query(out, word);
  } else {
    out += word;
  }
}

bool ends_a_word(char c) {
  return ascii::is_blank_or_control(c) || c == '"' || c == '<' || c == '>' || c == '`';
}

bool of_a_name(char c) {
  return ascii::is_letter(c) || ascii::is_digit(c) || c == '_' || c == '-';
}

/// Whether a name says that its value is a secret: `key`, `Api-Key`, `postback_key`, `access_token`.
bool names_a_secret(std::string_view name) {
  constexpr std::array<std::string_view, 10> kEndings{
      "key", "token", "secret", "password", "passwd", "pass", "authorization", "cookie", "signature", "auth"};
  const std::string lower = ascii::lower(name);
  return std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return std::string_view(lower).ends_with(ending); });
}

/// Where the value begins that belongs to a name which ends at `at`: past quotes and blanks around a `:`, `=`
/// or `=>`; npos where there is no such sign.
std::size_t value_after(std::string_view text, std::size_t at) {
  const auto skip = [&](std::string_view these) {
    while (at < text.size() && these.find(text[at]) != std::string_view::npos) ++at;
  };
  skip("\"'\\] \t");
  if (at >= text.size() || (text[at] != ':' && text[at] != '=')) return std::string_view::npos;
  skip(":=>");
  skip("\"'\\ \t");
  return at;
}

/// What follows the name of a secret is taken out up to the end of its value; of a header, which may have
/// several words, up to the end of the line or of the quoted text.
std::string without_named_secrets(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (!of_a_name(text[at])) {
      out += text[at++];
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && of_a_name(text[end])) ++end;
    const std::string_view name = text.substr(at, end - at);
    out += name;
    at = end;
    if (!names_a_secret(name)) continue;
    const std::size_t value = value_after(text, end);
    if (value == std::string_view::npos || value >= text.size()) continue;
    const bool within_url = text[end] == '=';
    std::size_t value_end = value;
    while (value_end < text.size() && text[value_end] != '\r' && text[value_end] != '\n' &&
           text[value_end] != '"' && !(within_url && (text[value_end] == '&' || text[value_end] == ' ')))
      ++value_end;
    out += text.substr(end, value - end);
    out += kHidden;
    at = value_end;
  }
  return out;
}

}  // namespace

std::string redact_log_message(std::string_view message, const core::Secrets& known) {
  const std::string text = without_named_secrets(known.scrub(message));
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && !ends_a_word(text[end])) ++end;
    if (end > at) append_word(out, std::string_view(text).substr(at, end - at));
    if (end < text.size()) out += text[end];
    at = end + 1;
  }
  return core::readable(out, kLongestMessage);
}

}  // namespace keitaro_outbox::readback
