#include "core/readable.hpp"

#include <cstdint>

namespace keitaro_outbox::core {
namespace {

struct Character {
  std::size_t bytes = 1;
  bool harmless = false;
};

bool steers(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x200e || code == 0x200f || code == 0x61c ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {1, !steers(lead)};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {};
  std::uint32_t code = lead & (0xffu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0u) != 0x80u) return {};
    code = (code << 6) | (next & 0x3fu);
  }
  const bool overlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
  if (overlong || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return {};
  return {bytes, !steers(code)};
}

}  // namespace

std::string readable(std::string_view text, std::size_t limit) {
  std::string out;
  std::size_t last_start = 0;
  for (std::size_t count = 0; !text.empty(); ++count) {
    if (count == limit) {
      out.resize(last_start);
      if (limit > 0) out += "…";
      break;
    }
    last_start = out.size();
    const Character character = first_character(text);
    if (character.harmless) {
      out += text.substr(0, character.bytes);
    } else {
      out += '?';
    }
    text.remove_prefix(character.bytes);
  }
  return out;
}

}  // namespace keitaro_outbox::core
