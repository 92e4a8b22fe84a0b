#pragma once

#include <cstdint>
#include <string>

namespace keitaro_outbox::sqlite {

/// By what the worker knows a database again: the one row of `outbox_worker`.
struct Identity {
  std::string database_id;    ///< Every copy of the file has the same. Empty where there is none.
  std::int64_t recorded = 0;  ///< Groups of outcomes committed.
};

/// How many groups of outcomes `copy` lacks that are known to have been committed to the same database; 0
/// where it lacks none, or is another database.
inline std::int64_t groups_missing(const Identity& copy, const Identity& known) {
  const bool comparable = !copy.database_id.empty() && copy.database_id == known.database_id;
  return comparable && copy.recorded < known.recorded ? known.recorded - copy.recorded : 0;
}

/// One line for people: what is wrong with a copy that lacks so many groups, and what to do.
std::string restored_text(const std::string& file, std::int64_t missing);

}  // namespace keitaro_outbox::sqlite
