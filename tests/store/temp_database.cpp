#include "store/temp_database.hpp"

#include <sqlite3.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "sqlite/schema/migrator.hpp"

namespace keitaro_outbox::store_tests {

Sql::Sql(const std::string& path) {
  if (sqlite3_open(path.c_str(), &db_) != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(db_));
  sqlite3_busy_timeout(db_, 10'000);
  // These are tests of logic: the disk need not be waited for.
  run("PRAGMA synchronous = OFF");
}

Sql::~Sql() {
  sqlite3_close(db_);
}

void Sql::run(const std::string& statements) {
  const std::string error = error_of(statements);
  if (!error.empty()) throw std::runtime_error(error + " in: " + statements);
}

std::string Sql::error_of(const std::string& statements) {
  char* message = nullptr;
  if (sqlite3_exec(db_, statements.c_str(), nullptr, nullptr, &message) == SQLITE_OK) return "";
  std::string error = message == nullptr ? "unknown error" : message;
  sqlite3_free(message);
  return error;
}

std::vector<std::string> Sql::lines(const std::string& query) {
  std::vector<std::string> lines;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db_, query.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
    throw std::runtime_error(std::string(sqlite3_errmsg(db_)) + " in: " + query);
  }
  int code = SQLITE_OK;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    std::string line;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      const unsigned char* text = sqlite3_column_text(statement, i);
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, i));
      if (i > 0) line += '|';
      line += text == nullptr ? "NULL" : std::string(reinterpret_cast<const char*>(text), size);
    }
    lines.push_back(line);
  }
  sqlite3_finalize(statement);
  if (code != SQLITE_DONE) throw std::runtime_error(std::string(sqlite3_errmsg(db_)) + " in: " + query);
  return lines;
}

std::string Sql::text(const std::string& query) {
  const auto found = lines(query);
  return found.empty() ? "" : found.front();
}

std::int64_t Sql::number(const std::string& query) {
  return std::stoll(text(query));
}

TempDatabase::TempDatabase(const std::string& pragmas) : sql_(std::make_unique<Sql>(path())) {
  sql_->run(pragmas);
  sqlite::migrate(sql_->handle());
}

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string quoted(const std::string& text) {
  std::string literal = "'";
  for (const char c : text) {
    if (c == '\0') {
      literal += "' || char(0) || '";
    } else {
      literal += c == '\'' ? "''" : std::string(1, c);
    }
  }
  return literal + "'";
}

}  // namespace keitaro_outbox::store_tests
