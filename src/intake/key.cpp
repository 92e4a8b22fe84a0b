#include "intake/key.hpp"

#include "core/text/same_secret.hpp"

namespace keitaro_outbox::intake {

const Source* source_with_key(const std::vector<Source>& sources, std::string_view given) {
  const Source* found = nullptr;
  for (const Source& source : sources) {
    if (core::same_secret(given, source.key)) found = &source;
  }
  return found;
}

}  // namespace keitaro_outbox::intake
