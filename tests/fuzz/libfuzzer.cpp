// Lends a target to libFuzzer. Which one, says the environment variable FUZZ_TARGET.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "target.hpp"

namespace {

const keitaro_outbox::fuzz::Target& chosen() {
  const char* name = std::getenv("FUZZ_TARGET");
  const auto* target = keitaro_outbox::fuzz::target_named(name == nullptr ? "" : name);
  if (target != nullptr) return *target;
  std::fputs("Set FUZZ_TARGET to one of:\n", stderr);
  for (const auto* other : keitaro_outbox::fuzz::targets()) std::fprintf(stderr, "  %s\n", other->name);
  std::exit(2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto& target = chosen();
  target.function({reinterpret_cast<const char*>(data), size});
  return 0;
}
