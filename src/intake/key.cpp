#include "intake/key.hpp"

namespace keitaro_outbox::intake {

bool is_key(std::string_view given, std::string_view key) {
  if (key.empty()) return false;
  // Volatile: the compiler must not end the loop at the first difference.
  volatile unsigned char difference = given.size() == key.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const char expected = key[i % key.size()];
    difference = static_cast<unsigned char>(difference | static_cast<unsigned char>(given[i] ^ expected));
  }
  return difference == 0;
}

const Source* source_with_key(const std::vector<Source>& sources, std::string_view given) {
  const Source* found = nullptr;
  for (const Source& source : sources) {
    if (is_key(given, source.key)) found = &source;
  }
  return found;
}

}  // namespace keitaro_outbox::intake
