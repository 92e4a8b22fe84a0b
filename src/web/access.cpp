#include "web/access.hpp"

#include <algorithm>
#include <cstdint>

#include "core/text/ascii.hpp"
#include "core/url/ip_address.hpp"

namespace keitaro_outbox::web {
namespace {

namespace ascii = core::ascii;

/// `example.com` of `example.com:8080`, `::1` of `[::1]:8080`.
std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    if (end == std::string_view::npos) return {};
    const std::string_view rest = host.substr(end + 1);
    if (!rest.empty() && !(rest.front() == ':' && ascii::all_digits(rest.substr(1)))) return {};
    return host.substr(1, end - 1);
  }
  const std::size_t colon = host.find(':');
  if (colon == std::string_view::npos) return host;
  return ascii::all_digits(host.substr(colon + 1)) ? host.substr(0, colon) : std::string_view();
}

int value_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

std::optional<std::string> from_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = value_of(c);
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xFF);
  }
  return out;
}

}  // namespace

bool is_served_host(std::string_view host, const std::vector<std::string>& names) {
  const std::string name = ascii::lower(without_port(host));
  if (name.empty()) return false;
  if (name == "localhost" || std::ranges::find(names, name) != names.end()) return true;
  // Digits, dots and colons alone: a name that merely begins like an address is a name.
  const auto of_address = [](char c) {
    return ascii::is_digit(c) || c == '.' || c == ':' || (c >= 'a' && c <= 'f');
  };
  return std::ranges::all_of(name, of_address) && core::IpAddress::parse(name).has_value();
}

bool comes_from_page(const ports::HttpRequest& request) {
  if (const auto site = request.header("Sec-Fetch-Site")) return *site == "same-origin";
  const auto origin = request.header("Origin");
  const auto host = request.header("Host");
  if (!origin || !host || host->empty()) return false;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin->starts_with(scheme)) return ascii::equal_ignoring_case(origin->substr(scheme.size()), *host);
  }
  return false;
}

std::optional<Credentials> credentials_of(const ports::HttpRequest& request) {
  const auto header = request.header("Authorization");
  constexpr std::string_view kScheme = "Basic ";
  if (!header || header->size() < kScheme.size() ||
      !ascii::equal_ignoring_case(header->substr(0, kScheme.size()), kScheme))
    return std::nullopt;
  const auto decoded = from_base64(ascii::trim(header->substr(kScheme.size())));
  if (!decoded) return std::nullopt;
  const std::size_t colon = decoded->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return Credentials{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

}  // namespace keitaro_outbox::web
