#include "sqlite/move/outbox_copy.hpp"

#include <sqlite3.h>

#include <chrono>
#include <utility>

#include "sqlite/base/database.hpp"
#include "sqlite/schema/migrator.hpp"

namespace keitaro_outbox::sqlite {
namespace {

using ports::CopiedColumn;
using ports::CopiedCounts;
using ports::CopiedRow;
using ports::CopiedTable;
using ports::CopiedType;
using ports::MoveMark;

/// Positions have as many columns as the longest key.
constexpr int kMostKeys = 3;

bool is_number(CopiedType type) {
  return type == CopiedType::number || type == CopiedType::time || type == CopiedType::due_time;
}

std::string names_of(std::span<const CopiedColumn> columns) {
  return ports::listed(columns, [](const CopiedColumn& column) { return std::string(column.name); });
}

std::string places_of(std::span<const CopiedColumn> columns) {
  return ports::listed(columns, [](const CopiedColumn&) { return std::string("?"); });
}

void bind(Run& run, int number, CopiedType type, const std::optional<std::string>& value) {
  if (!value) return;
  if (is_number(type)) {
    run.bind(number, std::int64_t{std::stoll(*value)});
  } else {
    run.bind(number, std::string_view(*value));
  }
}

/// Turns away what would change rows; `event` is INSERT, UPDATE or DELETE.
std::string refusing(const std::string& name, const std::string& event, const std::string& words) {
  return "CREATE TRIGGER IF NOT EXISTS " + name + " BEFORE " + event +
         " ON outbox BEGIN SELECT RAISE(ABORT, " + ports::quoted(words) + "); END;";
}

}  // namespace

OutboxCopy::OutboxCopy(const std::string& path) : connection_(path, {.reading_will_do = true}) {
  check_schema(connection_.handle());
}

std::string OutboxCopy::id() {
  return with_store_errors(db_, [&] {
    SQLite::Statement statement = prepare(db_, "SELECT database_id FROM outbox_worker");
    Run run(statement);
    return run.step() ? run.text(0) : std::string();
  });
}

std::optional<MoveMark> OutboxCopy::mark() {
  return with_store_errors(db_, [&]() -> std::optional<MoveMark> {
    if (integer_of(db_, "SELECT count(*) FROM sqlite_schema WHERE name = 'outbox_move'") == 0)
      return std::nullopt;
    SQLite::Statement statement = prepare(db_, "SELECT role, other, source_id, done FROM outbox_move");
    Run run(statement);
    if (!run.step()) return std::nullopt;
    return MoveMark{.role = run.view(0) == "source" ? MoveMark::Role::source : MoveMark::Role::target,
                    .other = run.text(1),
                    .source_id = run.text(2),
                    .done = run.integer(3) != 0};
  });
}

CopiedCounts OutboxCopy::count(const CopiedTable& table) {
  return with_store_errors(db_, [&] {
    const std::string kind = table.kind.empty() ? "''" : std::string(table.kind);
    SQLite::Statement statement =
        prepare(db_, "SELECT " + kind + ", count(*) FROM " + std::string(table.name) + " GROUP BY 1");
    CopiedCounts counts;
    Run run(statement);
    while (run.step()) counts[run.text(0)] = run.integer(1);
    return counts;
  });
}

std::int64_t OutboxCopy::last_id(const CopiedTable& table) {
  return with_store_errors(db_, [&] {
    const std::string name(table.name);
    return integer_of(db_, "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = '" + name +
                               "'), 0), coalesce((SELECT max(id) FROM " + name + "), 0))");
  });
}

/// Not part of the schema: it is made when a move begins, and stays in what has moved.
void OutboxCopy::write_mark(const char* role, const std::string& other, const std::string& source_id) {
  db_.exec(
      "CREATE TABLE IF NOT EXISTS outbox_move ("
      "only INTEGER PRIMARY KEY CHECK (only = 1), role TEXT NOT NULL, other TEXT NOT NULL, "
      "source_id TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0) STRICT");
  SQLite::Statement statement =
      prepare(db_, "INSERT OR REPLACE INTO outbox_move (only, role, other, source_id) VALUES (1, ?, ?, ?)");
  Run(statement).bind(1, role).bind(2, other).bind(3, source_id).execute();
}

void OutboxCopy::begin_source(const std::string& other) {
  const std::string own_id = id();
  with_store_errors(db_, [&] {
    Transaction transaction(db_, Transaction::Kind::write);
    write_mark("source", other, own_id);
    db_.exec(refusing("outbox_is_moving_no_update", "UPDATE", ports::is_moving_words(other)));
    db_.exec(refusing("outbox_is_moving_no_delete", "DELETE", ports::is_moving_words(other)));
    transaction.commit();
  });
}

void OutboxCopy::give_up_source() {
  with_store_errors(db_, [&] {
    Transaction transaction(db_, Transaction::Kind::write);
    db_.exec(
        "DROP TRIGGER IF EXISTS outbox_is_moving_no_update; DROP TRIGGER IF EXISTS "
        "outbox_is_moving_no_delete;"
        "DROP TABLE IF EXISTS outbox_move;");
    transaction.commit();
  });
}

std::vector<CopiedRow> OutboxCopy::read(const CopiedTable& table, const std::optional<CopiedRow>& after,
                                        int most) {
  const auto keys = table.columns.first(table.keys);
  std::string text = "SELECT " + names_of(table.columns) + " FROM " + std::string(table.name);
  if (after) text += " WHERE (" + names_of(keys) + ") > (" + places_of(keys) + ")";
  text += " ORDER BY " + names_of(keys) + " LIMIT " + std::to_string(most);
  return with_store_errors(db_, [&] {
    SQLite::Statement statement = prepare(db_, text);
    Run run(statement);
    for (std::size_t i = 0; after && i < keys.size(); ++i)
      bind(run, static_cast<int>(i) + 1, keys[i].type, (*after)[i]);
    std::vector<CopiedRow> rows;
    while (run.step()) {
      CopiedRow& row = rows.emplace_back();
      for (std::size_t i = 0; i < table.columns.size(); ++i)
        row.push_back(run.optional_text(static_cast<int>(i)));
    }
    return rows;
  });
}

void OutboxCopy::lock() {
  connection_.wait_at_most(std::chrono::minutes{1});
  with_store_errors(db_, [&] { locked_.emplace(db_, Transaction::Kind::write); });
}

void OutboxCopy::close_source(const std::string& other) {
  with_store_errors(db_, [&] {
    db_.exec(refusing("outbox_has_moved", "INSERT", ports::has_moved_words(other)));
    db_.exec("UPDATE outbox_move SET done = 1");
    locked_->commit();
    locked_.reset();
  });
}

void OutboxCopy::begin_target(const std::string& other, const std::string& source_id) {
  with_store_errors(db_, [&] {
    Transaction transaction(db_, Transaction::Kind::write);
    write_mark("target", other, source_id);
    db_.exec(
        "CREATE TABLE IF NOT EXISTS outbox_move_position (name TEXT PRIMARY KEY, key1 TEXT, key2 TEXT, "
        "key3 TEXT) STRICT, WITHOUT ROWID");
    transaction.commit();
  });
}

void OutboxCopy::clear_target() {
  with_store_errors(db_, [&] {
    Transaction transaction(db_, Transaction::Kind::write);
    for (const CopiedTable& table : ports::kCopiedTables) db_.exec("DELETE FROM " + std::string(table.name));
    db_.exec("DROP TABLE IF EXISTS outbox_move_position; DROP TABLE IF EXISTS outbox_move;");
    transaction.commit();
  });
}

std::optional<CopiedRow> OutboxCopy::position(const CopiedTable& table) {
  return with_store_errors(db_, [&]() -> std::optional<CopiedRow> {
    SQLite::Statement statement =
        prepare(db_, "SELECT key1, key2, key3 FROM outbox_move_position WHERE name = ?");
    Run run(statement);
    run.bind(1, table.name);
    if (!run.step()) return std::nullopt;
    CopiedRow key;
    for (std::size_t i = 0; i < table.keys; ++i) key.push_back(run.optional_text(static_cast<int>(i)));
    return key;
  });
}

void OutboxCopy::write_position(const CopiedTable& table, const CopiedRow& last) {
  SQLite::Statement statement = prepare(
      db_, "INSERT OR REPLACE INTO outbox_move_position (name, key1, key2, key3) VALUES (?, ?, ?, ?)");
  Run run(statement);
  run.bind(1, table.name);
  for (int i = 0; i < kMostKeys && i < static_cast<int>(table.keys); ++i)
    bind(run, i + 2, CopiedType::text, last[static_cast<std::size_t>(i)]);
  run.execute();
}

void OutboxCopy::insert(const CopiedTable& table, std::span<const CopiedRow> rows, IfThere if_there) {
  if (rows.empty()) return;
  const std::string text = "INSERT INTO " + std::string(table.name) + " (" + names_of(table.columns) +
                           ") VALUES (" + places_of(table.columns) + ")" +
                           (if_there == IfThere::keep ? " ON CONFLICT DO NOTHING" : "");
  with_store_errors(db_, [&] {
    Transaction transaction(db_, Transaction::Kind::write);
    SQLite::Statement statement = prepare(db_, text);
    for (const CopiedRow& row : rows) {
      Run run(statement);
      for (std::size_t i = 0; i < row.size(); ++i)
        bind(run, static_cast<int>(i) + 1, table.columns[i].type, row[i]);
      run.execute();
    }
    if (if_there == IfThere::fail) write_position(table, rows.back());
    transaction.commit();
  });
}

void OutboxCopy::set_last_id(const CopiedTable& table, std::int64_t id) {
  with_store_errors(db_, [&] {
    Transaction transaction(db_, Transaction::Kind::write);
    const std::string name = ports::quoted(table.name);
    const std::string last = std::to_string(id);
    db_.exec("UPDATE sqlite_sequence SET seq = max(seq, " + last + ") WHERE name = " + name);
    // A table that never had a row has no entry, and one without AUTOINCREMENT never gets one.
    db_.exec("INSERT INTO sqlite_sequence (name, seq) SELECT name, " + last +
             " FROM sqlite_schema WHERE name = " + name +
             " AND sql LIKE '%AUTOINCREMENT%' AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = " +
             name + ")");
    transaction.commit();
  });
}

void OutboxCopy::finish_target() {
  with_store_errors(db_, [&] {
    Transaction transaction(db_, Transaction::Kind::write);
    db_.exec("DROP TABLE IF EXISTS outbox_move_position; DROP TABLE IF EXISTS outbox_move;");
    transaction.commit();
  });
}

}  // namespace keitaro_outbox::sqlite
