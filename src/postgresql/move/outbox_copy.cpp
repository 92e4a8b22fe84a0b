#include "postgresql/move/outbox_copy.hpp"

#include <chrono>
#include <utility>

#include "postgresql/schema/migrator.hpp"

namespace keitaro_outbox::postgresql {
namespace {

using namespace std::chrono_literals;
using ports::CopiedColumn;
using ports::CopiedCounts;
using ports::CopiedRow;
using ports::CopiedTable;
using ports::CopiedType;
using ports::MoveMark;

/// Counting a large table takes its time, and the other end may count while this one holds its lock.
constexpr Limits kLimits{
    .connecting = 10s, .answer = 11min, .statement = 10min, .lock = 10s, .idle_in_transaction = 10min};

/// The last millisecond of the year 9999.
constexpr const char* kLastMillis = "253402300799999";

std::string names_of(std::span<const CopiedColumn> columns) {
  return ports::listed(columns, [](const CopiedColumn& column) { return std::string(column.name); });
}

/// A column's value as the copy has it.
std::string reading(const CopiedColumn& column) {
  std::string name(column.name);
  std::string millis = "(extract(epoch FROM " + name + ") * 1000)::bigint";
  switch (column.type) {
    case CopiedType::number:
    case CopiedType::text:
    case CopiedType::amount:
    case CopiedType::json:
      return name;
    case CopiedType::time:
      return millis;
    case CopiedType::due_time:
      return "CASE " + name + " WHEN '-infinity' THEN 0 ELSE " + millis + " END";
  }
  return name;
}

/// The column's value from the text that the copy has for it.
std::string writing(const CopiedColumn& column) {
  std::string text = "copied." + std::string(column.name);
  // GREATEST and LEAST pass over NULL.
  std::string time = "CASE WHEN " + text + " IS NOT NULL THEN to_timestamp(least(greatest(" + text +
                     "::bigint, 0), " + kLastMillis + ") / 1000.0) END";
  switch (column.type) {
    case CopiedType::number:
      return text + "::bigint";
    case CopiedType::text:
      return text;
    case CopiedType::amount:
      return text + "::numeric";
    case CopiedType::json:
      return text + "::jsonb";
    case CopiedType::time:
      return time;
    case CopiedType::due_time:
      return "CASE WHEN " + text + "::bigint <= 0 THEN '-infinity' ELSE " + time + " END";
  }
  return text;
}

std::string type_in_key(const CopiedColumn& column) {
  return column.type == CopiedType::number ? "::bigint" : "::text";
}

std::string refusing(const std::string& name, const std::string& events, const std::string& words) {
  return "CREATE OR REPLACE TRIGGER " + name + " BEFORE " + events +
         " ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_move_refuses(" + ports::quoted(words) + ")";
}

constexpr const char* kMarkTable =
    "CREATE TABLE IF NOT EXISTS outbox_move ("
    "only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one), role text NOT NULL, other text NOT NULL, "
    "source_id text NOT NULL, done boolean NOT NULL DEFAULT false)";

constexpr const char* kEveryoneSees = "GRANT SELECT ON outbox_move TO PUBLIC";

constexpr const char* kRefusingFunction =
    "CREATE OR REPLACE FUNCTION outbox_move_refuses() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, "
    "TABLE = TG_TABLE_NAME, CONSTRAINT = TG_NAME; END $$";

constexpr const char* kPositionTable =
    "CREATE TABLE IF NOT EXISTS outbox_move_position (name text PRIMARY KEY, key1 text, key2 text, key3 "
    "text)";

}  // namespace

OutboxCopy::OutboxCopy(const std::string& address) : connection_(address, kLimits) {
  check_schema(connection_);
}

std::string OutboxCopy::id() {
  return connection_.run(std::string("SELECT database_id FROM outbox_worker")).text(0, 0);
}

std::optional<MoveMark> OutboxCopy::mark() {
  if (connection_.run(std::string("SELECT to_regclass('outbox_move') IS NULL")).boolean(0, 0))
    return std::nullopt;
  const Result found = connection_.run(std::string("SELECT role, other, source_id, done FROM outbox_move"));
  if (found.empty()) return std::nullopt;
  return MoveMark{.role = found.view(0, 0) == "source" ? MoveMark::Role::source : MoveMark::Role::target,
                  .other = found.text(0, 1),
                  .source_id = found.text(0, 2),
                  .done = found.boolean(0, 3)};
}

CopiedCounts OutboxCopy::count(const CopiedTable& table) {
  const std::string kind = table.kind.empty() ? "''" : std::string(table.kind);
  const std::string text = "SELECT " + kind + ", count(*) FROM " + std::string(table.name) + " GROUP BY 1";
  const Result found = connection_.run(text);
  CopiedCounts counts;
  for (int row = 0; row < found.rows(); ++row) counts[found.text(row, 0)] = found.integer(row, 1);
  return counts;
}

std::int64_t OutboxCopy::last_id(const CopiedTable& table) {
  const std::string text =
      "SELECT greatest(coalesce(pg_sequence_last_value(pg_get_serial_sequence($1, 'id')::regclass), 0),"
      " coalesce((SELECT max(id) FROM " +
      std::string(table.name) + "), 0))";
  return connection_.run({text, Parameters().add(table.name)}).integer(0, 0);
}

/// Not part of the schema: it is made when a move begins, and stays in what has moved.
Statement OutboxCopy::marking(const char* role, const std::string& other,
                              const std::string& source_id) const {
  return {
      "INSERT INTO outbox_move (role, other, source_id) VALUES ($1, $2, $3) ON CONFLICT (only_one) DO UPDATE"
      " SET role = excluded.role, other = excluded.other, source_id = excluded.source_id, done = false",
      Parameters().add(role).add(other).add(source_id)};
}

void OutboxCopy::begin_source(const std::string& other) {
  const std::string own_id = id();
  const std::string trigger =
      refusing("outbox_is_moving", "UPDATE OR DELETE OR TRUNCATE", ports::is_moving_words(other));
  Transaction transaction(connection_);
  connection_.pipeline(
      {{kMarkTable}, {kEveryoneSees}, marking("source", other, own_id), {kRefusingFunction}, {trigger}});
  transaction.commit();
}

void OutboxCopy::give_up_source() {
  Transaction transaction(connection_);
  connection_.pipeline({{"DROP TRIGGER IF EXISTS outbox_is_moving ON outbox"},
                        {"DROP FUNCTION IF EXISTS outbox_move_refuses()"},
                        {"DROP TABLE IF EXISTS outbox_move"}});
  transaction.commit();
}

std::vector<CopiedRow> OutboxCopy::read(const CopiedTable& table, const std::optional<CopiedRow>& after,
                                        int most) {
  const auto keys = table.columns.first(table.keys);
  std::string text = "SELECT " + ports::listed(table.columns, reading) + " FROM " + std::string(table.name);
  Parameters parameters;
  if (after) {
    int number = 0;
    const std::string places = ports::listed(keys, [&](const CopiedColumn& column) {
      return "$" + std::to_string(++number) + type_in_key(column);
    });
    text += " WHERE (" + names_of(keys) + ") > (" + places + ")";
    for (const auto& value : *after) parameters.add(value);
  }
  text += " ORDER BY " + names_of(keys) + " LIMIT " + std::to_string(most);
  const Result found = connection_.run({text, parameters});
  std::vector<CopiedRow> rows(static_cast<std::size_t>(found.rows()));
  for (int row = 0; row < found.rows(); ++row) {
    for (int column = 0; column < static_cast<int>(table.columns.size()); ++column)
      rows[static_cast<std::size_t>(row)].push_back(found.optional_text(row, column));
  }
  return rows;
}

void OutboxCopy::lock() {
  locked_.emplace(connection_);
  const std::string tables =
      ports::listed(ports::kCopiedTables, [](const CopiedTable& table) { return std::string(table.name); });
  connection_.run("LOCK TABLE " + tables + " IN SHARE ROW EXCLUSIVE MODE");
}

void OutboxCopy::close_source(const std::string& other) {
  const std::string trigger = refusing("outbox_has_moved", "INSERT", ports::has_moved_words(other));
  connection_.pipeline({{trigger}, {"UPDATE outbox_move SET done = true"}});
  locked_->commit();
  locked_.reset();
}

void OutboxCopy::begin_target(const std::string& other, const std::string& source_id) {
  Transaction transaction(connection_);
  connection_.pipeline(
      {{kMarkTable}, {kEveryoneSees}, marking("target", other, source_id), {kPositionTable}});
  transaction.commit();
}

void OutboxCopy::clear_target() {
  const std::string tables =
      ports::listed(ports::kCopiedTables, [](const CopiedTable& table) { return std::string(table.name); });
  Transaction transaction(connection_);
  connection_.run("TRUNCATE " + tables +
                  "; DROP TABLE IF EXISTS outbox_move_position; DROP TABLE IF EXISTS outbox_move");
  transaction.commit();
}

std::optional<CopiedRow> OutboxCopy::position(const CopiedTable& table) {
  const Result found = connection_.run(
      {"SELECT key1, key2, key3 FROM outbox_move_position WHERE name = $1", Parameters().add(table.name)});
  if (found.empty()) return std::nullopt;
  CopiedRow key;
  for (int i = 0; i < static_cast<int>(table.keys); ++i) key.push_back(found.optional_text(0, i));
  return key;
}

void OutboxCopy::insert(const CopiedTable& table, std::span<const CopiedRow> rows, IfThere if_there) {
  if (rows.empty()) return;
  std::vector<ArrayParameter> columns(table.columns.size());
  for (const CopiedRow& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) columns[i].add(row[i]);
  }
  Parameters parameters;
  for (const ArrayParameter& column : columns) parameters.add(column);
  int number = 0;
  const std::string arrays = ports::listed(
      table.columns, [&](const CopiedColumn&) { return "$" + std::to_string(++number) + "::text[]"; });
  const std::string text = "INSERT INTO " + std::string(table.name) + " (" + names_of(table.columns) + ") " +
                           (table.numbered ? "OVERRIDING SYSTEM VALUE " : "") + "SELECT " +
                           ports::listed(table.columns, writing) + " FROM unnest(" + arrays +
                           ") AS copied (" + names_of(table.columns) + ")" +
                           (if_there == IfThere::keep ? " ON CONFLICT DO NOTHING" : "");
  std::vector<Statement> statements{{text, parameters}};
  if (if_there == IfThere::fail) {
    const CopiedRow last = ports::key_of(table, rows.back());
    Parameters position;
    position.add(table.name);
    for (std::size_t i = 0; i < 3; ++i) position.add(i < last.size() ? last[i] : std::nullopt);
    statements.push_back(
        {"INSERT INTO outbox_move_position (name, key1, key2, key3) VALUES ($1, $2, $3, $4)"
         " ON CONFLICT (name) DO UPDATE SET key1 = excluded.key1, key2 = excluded.key2, key3 = excluded.key3",
         position});
  }
  Transaction transaction(connection_);
  connection_.pipeline(statements);
  transaction.commit();
}

void OutboxCopy::set_last_id(const CopiedTable& table, std::int64_t id) {
  if (id <= 0) return;
  connection_.run(
      {"SELECT setval(pg_get_serial_sequence($1, 'id'), $2)", Parameters().add(table.name).add(id)});
}

void OutboxCopy::finish_target() {
  Transaction transaction(connection_);
  connection_.pipeline({{"DROP TABLE IF EXISTS outbox_move_position"},
                        {"DROP TABLE IF EXISTS outbox_move"},
                        {"ANALYZE outbox"}});
  transaction.commit();
}

}  // namespace keitaro_outbox::postgresql
