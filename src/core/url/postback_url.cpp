#include "core/url/postback_url.hpp"

#include <algorithm>
#include <cstddef>

#include "core/text/ascii.hpp"

namespace keitaro_outbox::core {
namespace {

constexpr std::size_t kLongestUrl = 4096;
constexpr std::string_view kHiddenKey = "***";
constexpr std::string_view kLastSegment = "postback";

bool percent_signs_are_encodings(std::string_view text) {
  for (std::size_t i = text.find('%'); i != std::string_view::npos; i = text.find('%', i + 1)) {
    if (percent_encoded_byte_at(text, i) < 0) return false;
  }
  return true;
}

/// What is wrong with the characters of the whole, or empty.
std::string wrong_characters(std::string_view text) {
  if (text.empty()) return "the URL is empty: it should look like https://HOST/KEY/postback";
  if (text.size() > kLongestUrl) return "the URL is longer than 4096 characters";
  if (text.find("${") != std::string_view::npos) {
    return "the URL holds a ${NAME} that was not filled in: set that variable in the environment";
  }
  if (std::any_of(text.begin(), text.end(), ascii::is_blank_or_control)) {
    return "the URL holds a blank or a control character: remove it, or write it percent-encoded";
  }
  if (text.find_first_of("\"<>\\") != std::string_view::npos) {
    return "the URL holds one of the characters \" < > \\ that no URL may hold: remove it, or write it "
           "percent-encoded";
  }
  if (text.find('#') != std::string_view::npos) {
    return "the URL has a fragment: remove what begins with #, or write %23 where a # belongs to the key";
  }
  if (!percent_signs_are_encodings(text)) {
    return "the URL holds a % without two hex digits: write %25 for the character itself";
  }
  return {};
}

bool is_host_name_character(char c) {
  return ascii::is_letter(c) || ascii::is_digit(c) || c == '-' || c == '.' || c == '_' || c == '%';
}

/// Letters and digits beyond hex: an address may be followed by a zone, `fe80::1%25eth0`.
bool is_ipv6_character(char c) {
  return is_host_name_character(c) || c == ':';
}

std::optional<int> parse_port(std::string_view text) {
  if (text.empty() || text.size() > 5) return std::nullopt;
  int port = 0;
  for (const char c : text) {
    if (!ascii::is_digit(c)) return std::nullopt;
    port = port * 10 + (c - '0');
  }
  if (port < 1 || port > 65535) return std::nullopt;
  return port;
}

bool is_dot_segment(std::string_view segment) {
  const std::string decoded = percent_decode(segment);
  return decoded == "." || decoded == "..";
}

/// Splits at `separator`; an empty text has one empty part.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

// Their values (`OK`, `1`) would be struck out all over an answer, too.
bool may_be_shown(std::string_view parameter) {
  return reserved_param(parameter) || parameter.starts_with("sub_id_") || parameter.ends_with("_status") ||
         parameter == "ignore";
}

bool is_parameter_name(std::string_view text) {
  const auto plain = [](char c) {
    return ascii::is_letter(c) || ascii::is_digit(c) || c == '_' || c == '-' || c == '.' || c == '[' ||
           c == ']';
  };
  return std::all_of(text.begin(), text.end(), plain);
}

PostbackUrl::Parsed PostbackUrl::parse(std::string_view text) {
  if (std::string error = wrong_characters(text); !error.empty()) return {std::nullopt, std::move(error)};

  PostbackUrl url;
  const std::size_t scheme_end = text.find("://");
  url.text_ = text;
  url.scheme_ = ascii::lower(text.substr(0, scheme_end));
  if (scheme_end == std::string_view::npos || (url.scheme_ != "http" && url.scheme_ != "https")) {
    return {std::nullopt, "the URL must begin with http:// or https://"};
  }
  const std::string_view after_scheme = text.substr(scheme_end + 3);
  const std::size_t authority_end = std::min(after_scheme.find_first_of("/?"), after_scheme.size());
  const std::string_view path_and_query = after_scheme.substr(authority_end);
  const std::size_t query_start = path_and_query.find('?');

  url.redacted_ = url.scheme_ + "://";
  if (std::string error = url.read_authority(after_scheme.substr(0, authority_end)); !error.empty()) {
    return {std::nullopt, std::move(error)};
  }
  if (std::string error = url.read_path(path_and_query.substr(0, query_start)); !error.empty()) {
    return {std::nullopt, std::move(error)};
  }
  if (query_start != std::string_view::npos) url.read_query(path_and_query.substr(query_start + 1));
  return {std::move(url), {}};
}

std::string PostbackUrl::read_authority(std::string_view authority) {
  if (const std::size_t at = authority.find('@'); at != std::string_view::npos) {
    const std::string_view user_information = authority.substr(0, at);
    authority.remove_prefix(at + 1);
    // Readers disagree on which of two divides, so such a URL could name another host than it seems to.
    if (authority.find('@') != std::string_view::npos) {
      return "the URL has more than one @ before its path: write %40 within a user name or password";
    }
    secrets_.add(user_information);
    for (const std::string_view part : split(user_information, ':')) secrets_.add(part);
    redacted_ += kHiddenKey;
    redacted_ += '@';
  }

  std::string_view host = authority;
  std::optional<std::string_view> port;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return "the URL's host has a [ without a ]";
    host = authority.substr(1, end - 1);
    const std::string_view rest = authority.substr(end + 1);
    if (!rest.empty() && rest[0] != ':')
      return "the URL has something other than a port after the ] of its host";
    if (!rest.empty()) port = rest.substr(1);
    if (host.find(':') == std::string_view::npos ||
        !std::all_of(host.begin(), host.end(), is_ipv6_character)) {
      return "the URL's host in [ ] is no IPv6 address";
    }
  } else {
    if (const std::size_t colon = authority.find(':'); colon != std::string_view::npos) {
      host = authority.substr(0, colon);
      port = authority.substr(colon + 1);
    }
    if (host.empty()) return "the URL has no host";
    if (std::any_of(host.begin(), host.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
      return "the URL's host is not in ASCII: write it in its xn--… form";
    }
    if (!std::all_of(host.begin(), host.end(), is_host_name_character)) {
      return "the URL's host holds a character that no host name has";
    }
  }

  port_ = scheme_ == "https" ? 443 : 80;
  if (port) {
    const auto number = parse_port(*port);
    if (!number) return "the URL's port must be a number from 1 to 65535 (an IPv6 address stands in [ ])";
    port_ = *number;
  }
  host_ = ascii::lower(host);
  redacted_ += authority;
  return {};
}

std::string PostbackUrl::read_path(std::string_view path) {
  const std::vector<std::string_view> segments = split(path, '/');
  // Where the last segment that is not empty stands: a trailing slash does not hide the word `postback`.
  std::size_t last = segments.size();
  while (last > 0 && segments[last - 1].empty()) --last;
  const bool ends_in_postback = last > 0 && segments[last - 1] == kLastSegment;

  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::string_view segment = segments[i];
    if (is_dot_segment(segment))
      return "the URL's path holds a . or .. segment: write the path that is meant";
    if (i > 0) redacted_ += '/';
    if (segment.empty()) continue;
    if (ends_in_postback && i + 1 == last) {
      redacted_ += segment;
      continue;
    }
    redacted_ += kHiddenKey;
    secrets_.add(segment);
    if (ends_in_postback) has_key_ = true;
  }
  return {};
}

void PostbackUrl::read_query(std::string_view query) {
  has_query_ = true;
  redacted_ += '?';
  bool first = true;
  for (const std::string_view parameter : split(query, '&')) {
    if (!first) redacted_ += '&';
    first = false;
    if (parameter.empty()) continue;

    const std::size_t equals = parameter.find('=');
    // A word alone may be a key as well as a name, and what looks like no name may hold one.
    if (equals == std::string_view::npos || !is_parameter_name(parameter.substr(0, equals))) {
      redacted_ += kHiddenKey;
      secrets_.add(parameter);
      continue;
    }
    const std::string_view value = parameter.substr(equals + 1);
    std::string name(parameter.substr(0, equals));
    redacted_ += parameter.substr(0, equals + 1);
    if (!value.empty()) redacted_ += kHiddenKey;
    if (!may_be_shown(name)) secrets_.add(value);
    query_names_.push_back(std::move(name));
  }
}

std::string PostbackUrl::added_to(std::string url, const Params& params) const {
  std::size_t size = url.size();
  for (const auto& [name, value] : params) size += name.size() + value.size() + 2;
  url.reserve(size);
  bool separated = has_query_ && (text_.ends_with('?') || text_.ends_with('&'));
  bool in_query = has_query_;
  for (const auto& [name, value] : params) {
    if (!separated) url += in_query ? '&' : '?';
    separated = false;
    in_query = true;
    append_percent_encoded(url, name);
    url += '=';
    append_percent_encoded(url, value);
  }
  return url;
}

std::string PostbackUrl::with(const Params& params) const {
  return added_to(text_, params);
}

std::string PostbackUrl::redacted_with(const Params& params) const {
  return added_to(redacted_, params);
}

}  // namespace keitaro_outbox::core
