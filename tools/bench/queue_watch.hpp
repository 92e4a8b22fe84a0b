#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace keitaro_outbox::bench {

/// Looks at an outbox from outside while a worker drains it. Reads only.
class QueueWatch {
 public:
  explicit QueueWatch(const std::string& db);

  /// The row that is next to be sent, or nullopt when none waits. Cheap, whatever the size of the table.
  std::optional<std::int64_t> front();

  /// Whether a row of any tracker is ready to be sent.
  bool any();

  /// Rows after `id` that were delivered. Reads them all.
  std::uint64_t delivered_after(std::int64_t id);
  std::int64_t last_id();

  /// Returns when no row waits. `look` is called each time that it was looked, forty times a second and
  /// more, with the number of rows gone from the front. Throws std::runtime_error when the front has not
  /// moved for `patience`.
  void wait_until_empty(std::chrono::seconds patience, const std::function<void(std::uint64_t)>& look);

 private:
  SQLite::Database db_;
  SQLite::Statement front_;
  SQLite::Statement any_;
};

}  // namespace keitaro_outbox::bench
