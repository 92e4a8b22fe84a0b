#pragma once

#include <cstdint>
#include <string>

namespace keitaro_outbox::report {

enum class Verdict : std::uint8_t { ok, warn, fail };

/// One thing that `check` looked at. Texts never hold the postback key.
struct Finding {
  Verdict verdict = Verdict::ok;
  std::string subject;  ///< `database`, `schema`, `url`, `dns` and so on.
  std::string tracker;  ///< Empty when it is no tracker's matter.
  std::string text;     ///< One plain line: what is, and, unless ok, what to do.
};

}  // namespace keitaro_outbox::report
