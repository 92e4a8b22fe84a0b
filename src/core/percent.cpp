#include "core/percent.hpp"

#include "core/ascii.hpp"

namespace keitaro_outbox::core {
namespace {

bool unreserved(char c) {
  return ascii::is_letter(c) || ascii::is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

int hex_value(char c) {
  if (ascii::is_digit(c)) return c - '0';
  const char letter = ascii::lower(c);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

}  // namespace

void append_percent_encoded(std::string& out, std::string_view value) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : value) {
    if (unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 0xfu];
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
