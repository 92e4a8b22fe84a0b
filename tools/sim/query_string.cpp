#include "sim/query_string.hpp"

#include <algorithm>

#include "sim/text.hpp"

namespace keitaro_sim {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decode(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
    if (escape) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

}  // namespace

Params parse_query(std::string_view query) {
  Params params;
  for (const std::string_view part : split(query, '&')) {
    const auto equals = part.find('=');
    std::string name = decode(part.substr(0, equals), true);
    if (name.empty()) continue;
    const auto value = equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
    params.emplace_back(std::move(name), decode(value, true));
  }
  return params;
}

const std::string* find_param(const Params& params, std::string_view name) {
  const auto found =
      std::find_if(params.rbegin(), params.rend(), [&](const auto& param) { return param.first == name; });
  return found == params.rend() ? nullptr : &found->second;
}

std::string decode_path(std::string_view path) {
  return decode(path, false);
}

std::string encode_component(std::string_view value) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (alphanumeric || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
    } else {
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

}  // namespace keitaro_sim
