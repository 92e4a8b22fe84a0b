#pragma once

#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <string_view>

#include "keitaro_outbox/conversion.hpp"
#include "sqlite/base/database.hpp"

namespace keitaro_outbox::sqlite {

/// Why a row is a reject where the application's trigger took it away without a word.
inline constexpr std::string_view kTakenAway =
    "the database turned it away: a trigger on outbox left no row and gave no reason";

/// Inserts conversions, and tells a row whose event is known from one that a trigger of the application took
/// away, with RAISE(IGNORE) or by deleting it: SQLite's answer to both is the same. One thread at a time.
class RowInserter {
 public:
  explicit RowInserter(const SQLite::Database& db);

  enum class Inserted : std::uint8_t { row, event_known, taken_away };

  /// In the caller's transaction. Throws SqlError, as with_store_errors() does.
  Inserted insert(const Conversion& conversion);

 private:
  const SQLite::Database& db_;
  SQLite::Statement append_;
  SQLite::Statement row_exists_;
  SQLite::Statement read_event_;
};

}  // namespace keitaro_outbox::sqlite
