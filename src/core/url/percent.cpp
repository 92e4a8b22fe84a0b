#include "core/url/percent.hpp"

#include <algorithm>
#include <array>

#include "core/text/ascii.hpp"

namespace keitaro_outbox::core {
namespace {

constexpr auto kUnreserved = [] {
  std::array<bool, 256> is{};
  for (std::size_t byte = 0; byte < is.size(); ++byte) {
    const auto c = static_cast<char>(byte);
    is[byte] = ascii::is_letter(c) || ascii::is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
  }
  return is;
}();

bool unreserved(char c) {
  return kUnreserved[static_cast<unsigned char>(c)];
}

int hex_value(char c) {
  if (ascii::is_digit(c)) return c - '0';
  const char letter = ascii::lower(c);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

}  // namespace

void append_percent_encoded(std::string& out, std::string_view value) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  while (!value.empty()) {
    const auto reserved = std::find_if_not(value.begin(), value.end(), unreserved);
    const auto plain = static_cast<std::size_t>(reserved - value.begin());
    out.append(value, 0, plain);
    if (plain == value.size()) return;
    const auto byte = static_cast<unsigned char>(value[plain]);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 0xfu];
    value.remove_prefix(plain + 1);
  }
}

std::string percent_encode(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  append_percent_encoded(out, value);
  return out;
}

int percent_encoded_byte_at(std::string_view text, std::size_t position) {
  if (text.size() < 3 || position > text.size() - 3 || text[position] != '%') return -1;
  const int high = hex_value(text[position + 1]);
  const int low = hex_value(text[position + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int byte = percent_encoded_byte_at(text, i);
    if (byte >= 0) {
      out += static_cast<char>(byte);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace keitaro_outbox::core
