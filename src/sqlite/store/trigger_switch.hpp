#pragma once

#include <cstdint>
#include <optional>

#include "sqlite/base/database.hpp"

namespace keitaro_outbox::sqlite {

/// Turns triggers off on a connection whose writes need none of the schema's own, as long as the application
/// has none on these tables. The schema's triggers answer to what an operator does by SQL; with the worker's
/// own updates they find nothing to do, yet to find that out takes SQLite longer than the updates themselves.
class TriggerSwitch {
 public:
  explicit TriggerSwitch(SQLite::Database& db);

  /// Inside a writing transaction, before its first write: an application may have added a trigger meanwhile.
  /// Throws SQLite::Exception.
  void look();

 private:
  SQLite::Database& db_;
  SQLite::Statement schema_version_;
  std::optional<std::int64_t> seen_version_;
};

}  // namespace keitaro_outbox::sqlite
