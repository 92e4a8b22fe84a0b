#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace keitaro_outbox::fuzz {

/// Something that takes bytes of others, with what must hold whatever they are. Registers itself by its name,
/// which is also that of its folder of seeds: see FUZZ_TARGET.
struct Target {
  using Function = void (*)(std::string_view bytes);

  Target(const char* target_name, Function target_function);

  const char* name;
  Function function;
};

/// In no particular order.
const std::vector<const Target*>& targets();

/// nullptr for none.
const Target* target_named(std::string_view name);

/// `text` taken apart at each `separator`; an empty text has one empty part.
std::vector<std::string_view> parts_of(std::string_view text, char separator);

/// Whether `text` is valid UTF-8 in which nothing acts on a terminal, ends a line, or changes the direction
/// of writing. On its own two feet: nothing of what it judges is used.
bool is_harmless_line(std::string_view text);

[[noreturn]] inline void broken(const char* what, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
  std::abort();
}

}  // namespace keitaro_outbox::fuzz

/// Ends the process, in a way that fuzzers and sanitizers report, unless `condition` holds.
#define MUST_HOLD(condition) \
  ((condition) ? static_cast<void>(0) : ::keitaro_outbox::fuzz::broken(#condition, __FILE__, __LINE__))

/// Begins a target: FUZZ_TARGET(name, bytes) { … }
#define FUZZ_TARGET(target_name, bytes)                                                                \
  static void fuzz_##target_name(std::string_view bytes);                                              \
  static const ::keitaro_outbox::fuzz::Target target_##target_name(#target_name, &fuzz_##target_name); \
  static void fuzz_##target_name(std::string_view bytes)
