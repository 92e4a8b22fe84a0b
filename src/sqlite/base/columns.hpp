#pragma once

#include <optional>

#include "core/text/time.hpp"
#include "sqlite/base/statement.hpp"

namespace keitaro_outbox::sqlite {

/// A column ending in `_at`.
inline std::optional<core::WallTime> optional_time(const Statement::Run& run, int column) {
  const auto millis = run.optional_integer(column);
  if (!millis) return std::nullopt;
  return core::wall_time(*millis);
}

}  // namespace keitaro_outbox::sqlite
