#include "core/text/same_secret.hpp"

#include <cstddef>

namespace keitaro_outbox::core {

bool same_secret(std::string_view given, std::string_view secret) {
  if (secret.empty()) return false;
  // Volatile: the compiler must not end the loop at the first difference.
  volatile unsigned char difference = given.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const char expected = secret[i % secret.size()];
    difference = static_cast<unsigned char>(difference | static_cast<unsigned char>(given[i] ^ expected));
  }
  return difference == 0;
}

}  // namespace keitaro_outbox::core
