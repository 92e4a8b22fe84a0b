#include "http/server/request.hpp"

#include <algorithm>

#include "core/text/ascii.hpp"

namespace keitaro_outbox::http {
namespace {

namespace ascii = core::ascii;

/// RFC 9110, token.
bool is_token(std::string_view name) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  const auto fits = [&](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || kMarks.find(c) != std::string_view::npos;
  };
  return !name.empty() && std::ranges::all_of(name, fits);
}

bool has_control(std::string_view value) {
  return std::ranges::any_of(value, [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f; });
}

/// How often a name occurs, and its last value.
struct Occurrences {
  int count = 0;
  std::string_view value;
};

Occurrences occurrences(const std::vector<Header>& headers, std::string_view wanted) {
  Occurrences found;
  for (const auto& [name, value] : headers) {
    if (!ascii::equal_ignoring_case(name, wanted)) continue;
    ++found.count;
    found.value = value;
  }
  return found;
}

}  // namespace

std::optional<Target> parse_target(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() < scheme.size() ||
        !ascii::equal_ignoring_case(target.substr(0, scheme.size()), scheme)) {
      continue;
    }
    target.remove_prefix(scheme.size());
    target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
    if (target.empty() || target.front() != '/') return std::nullopt;
    break;
  }
  if (target.empty() || target.front() != '/') return std::nullopt;
  const std::size_t question = target.find('?');
  if (question == std::string_view::npos) return Target{target, {}};
  return Target{target.substr(0, question), target.substr(question + 1)};
}

std::optional<std::string_view> framing_fault(const std::vector<Header>& headers, std::string_view version) {
  for (const auto& [name, value] : headers) {
    if (!is_token(name)) return "the name of a header has a character that it must not have";
    if (has_control(value)) return "the value of a header has a control character";
  }
  const Occurrences length = occurrences(headers, "Content-Length");
  const Occurrences coding = occurrences(headers, "Transfer-Encoding");
  if (length.count > 0 && coding.count > 0) return "Content-Length stands beside Transfer-Encoding";
  if (length.count > 1) return "there is more than one Content-Length";
  if (length.count == 1 && !ascii::all_digits(length.value)) return "Content-Length is not a number";
  if (coding.count > 1 || (coding.count == 1 && !ascii::equal_ignoring_case(coding.value, "chunked"))) {
    return "Transfer-Encoding must be chunked";
  }
  if (coding.count == 1 && version != "HTTP/1.1") return "Transfer-Encoding needs HTTP/1.1";
  const Occurrences host = occurrences(headers, "Host");
  if (host.count > 1) return "there is more than one Host";
  if (host.count == 0 && version == "HTTP/1.1") return "there is no Host";
  return std::nullopt;
}

}  // namespace keitaro_outbox::http
