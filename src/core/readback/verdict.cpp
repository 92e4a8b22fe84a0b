#include "core/readback/verdict.hpp"

namespace keitaro_outbox::core {

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::unchecked:
      return "unchecked";
    case Verdict::recorded:
      return "recorded";
    case Verdict::differs:
      return "differs";
    case Verdict::absent:
      return "absent";
    case Verdict::unknowable:
      return "unknowable";
  }
  return {};
}

std::optional<Verdict> verdict_named(std::string_view name) {
  for (const Verdict verdict : kAllVerdicts) {
    if (name_of(verdict) == name) return verdict;
  }
  return std::nullopt;
}

}  // namespace keitaro_outbox::core
