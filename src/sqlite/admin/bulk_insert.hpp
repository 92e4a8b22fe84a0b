#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "keitaro_outbox/conversion.hpp"

namespace keitaro_outbox::sqlite {

/// What became of one row of an import.
struct ImportResult {
  enum class Kind : std::uint8_t {
    added,
    already_there,  ///< A row has its event id.
    rejected        ///< It breaks a rule of the table.
  };
  Kind kind = Kind::added;
  std::string reason;  ///< Of a rejected row, in plain words: `subid must have 1 to 255 characters`.
};

/// Appends many conversions in short transactions, with pauses between them that leave the write lock to the
/// application. Judges as append() does: by the table's own rules. All calls throw ports::StoreError; what
/// add() has told of stays.
class BulkInsert {
 public:
  enum class Mode : std::uint8_t {
    write,
    try_out  ///< Everything is judged, and the database is only read: rows go to a temporary one.
  };

  /// Opens an existing database file whose schema is the one we know.
  BulkInsert(const std::string& path, Mode mode);
  ~BulkInsert();
  BulkInsert(const BulkInsert&) = delete;
  BulkInsert& operator=(const BulkInsert&) = delete;

  /// One transaction with rows from the front of `rows`, as many as a few milliseconds take, one at least
  /// where there are any. Gives an outcome for each row taken; those are committed.
  std::vector<ImportResult> add(std::span<const Conversion> rows);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace keitaro_outbox::sqlite
