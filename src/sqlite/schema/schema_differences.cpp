#include "sqlite/schema/schema_differences.hpp"

#include <SQLiteCpp/Database.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "sqlite/base/database.hpp"
#include "sqlite/embedded_sql.hpp"

namespace keitaro_outbox::sqlite {
namespace {

struct Object {
  std::string type;
  std::string sql;  ///< Without what does not matter.
};

bool ends_word(char c) {
  return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_');
}

/// Lower-case, without comments, blanks and quotes around names: tools that write a schema out change these.
std::string bare(std::string_view sql) {
  std::string out;
  for (std::size_t at = 0; at < sql.size(); ++at) {
    if (sql.substr(at, 2) == "--") {
      at = std::min(sql.find('\n', at), sql.size());
      continue;
    }
    const char c = sql[at];
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '"' || c == '`' || c == '[' || c == ']')
      continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

/// The objects of a database by name. SQLite's own have no SQL.
std::map<std::string, Object> objects_of(const SQLite::Database& db) {
  SQLite::Statement statement = prepare(db, sql::schema_sql);
  std::map<std::string, Object> out;
  Run run(statement);
  while (run.step()) out[run.text(0)] = {run.text(1), run.text(2)};
  return out;
}

/// `name type` of each column.
std::set<std::string> columns_of(const SQLite::Database& db, const std::string& table) {
  SQLite::Statement statement = prepare(db, sql::schema_columns);
  std::set<std::string> out;
  Run run(statement);
  run.bind(":table", table);
  while (run.step()) out.insert(run.text(0) + " " + run.text(1));
  return out;
}

bool is_strict(const SQLite::Database& db, const std::string& table) {
  SQLite::Statement statement = prepare(db, sql::schema_strict);
  Run run(statement);
  run.bind(":table", table);
  return run.step() && run.integer(0) != 0;
}

/// The names behind CONSTRAINT.
std::vector<std::string> rules_in(std::string_view sql) {
  constexpr std::string_view kWord = "CONSTRAINT ";
  std::vector<std::string> out;
  for (std::size_t at = sql.find(kWord); at != std::string_view::npos; at = sql.find(kWord, at + 1)) {
    const std::size_t start = at + kWord.size();
    std::size_t end = start;
    while (end < sql.size() && !ends_word(sql[end])) ++end;
    out.emplace_back(sql.substr(start, end - start));
  }
  return out;
}

void compare_tables(const SQLite::Database& expected, const SQLite::Database& db, const std::string& name,
                    std::string_view expected_sql, std::string_view found_sql,
                    std::vector<std::string>& out) {
  if (is_strict(expected, name) && !is_strict(db, name))
    out.push_back("the table " + name + " is not STRICT");
  const std::set<std::string> found = columns_of(db, name);
  for (const std::string& column : columns_of(expected, name)) {
    if (!found.contains(column)) out.push_back("the table " + name + " has no column " + column);
  }
  for (const std::string& rule : rules_in(expected_sql)) {
    if (found_sql.find(rule) == std::string_view::npos)
      out.push_back("the table " + name + " lacks the rule " + rule);
  }
}

}  // namespace

std::vector<std::string> schema_differences(const SQLite::Database& db) {
  SQLite::Database expected(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  for (const Migration& migration : sql::all_migrations) expected.exec(std::string(migration.text));
  const std::map<std::string, Object> found = objects_of(db);
  std::vector<std::string> out;
  for (const auto& [name, object] : objects_of(expected)) {
    const auto same = found.find(name);
    if (same == found.end() || same->second.type != object.type) {
      out.push_back("the " + object.type + " " + name + " is missing");
    } else if (object.type == "table") {
      compare_tables(expected, db, name, object.sql, same->second.sql, out);
    } else if (bare(object.sql) != bare(same->second.sql)) {
      out.push_back("the " + object.type + " " + name + " is another one");
    }
  }
  return out;
}

}  // namespace keitaro_outbox::sqlite
