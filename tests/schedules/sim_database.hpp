#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <optional>
#include <string>

#include "core/rules/row.hpp"

namespace keitaro_outbox::simulation {

/// A row as an application writes it.
struct NewRow {
  std::string tracker = "default";
  std::string subid = "click";
  std::string status = "lead";
  std::optional<std::string> tid = {};
  std::optional<std::string> payout = {};
  std::optional<std::string> currency = {};
  std::optional<std::string> params = {};
  std::optional<std::string> event_id = {};
  std::int64_t due_at = 0;
};

/// What can change of a row.
struct Standing {
  std::string state;
  int attempts = 0;
  int strikes = 0;
  std::int64_t due_at = 0;
  std::optional<std::int64_t> waits_for;
  std::string reason;  ///< Empty for NULL.
  int refusals = 0;    ///< Of the strikes.
  friend bool operator==(const Standing&, const Standing&) = default;
};

/// An application's database file with the schema, on a file system in memory where there is one, and the
/// connection that the application and the operator use. Gone with its owner.
class SimDatabase {
 public:
  SimDatabase();
  ~SimDatabase();
  SimDatabase(const SimDatabase&) = delete;
  SimDatabase& operator=(const SimDatabase&) = delete;

  const std::string& path() const { return path_; }
  SQLite::Database& connection() { return *connection_; }

  core::OutboxId insert(const NewRow& row) { return insert_with_id(row, std::nullopt); }
  /// With an id that was drawn earlier.
  core::OutboxId insert_with_id(const NewRow& row, std::optional<core::OutboxId> id);
  int sql(const std::string& text);  ///< Gives the number of rows changed.
  Standing standing(core::OutboxId id);
  std::int64_t number(const std::string& query);
  std::string text(const std::string& query);  ///< Empty for NULL or no row.

 private:
  std::string path_;
  std::optional<SQLite::Database> connection_;
  std::optional<SQLite::Statement> insert_;
};

}  // namespace keitaro_outbox::simulation
