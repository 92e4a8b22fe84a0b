#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "temp_folder.hpp"

struct sqlite3;

namespace keitaro_outbox::store_tests {

/// The application's, or the operator's, hand on a database file: plain SQL on a connection of its own.
/// Throws std::runtime_error with SQLite's message.
class Sql {
 public:
  /// Makes the file when there is none.
  explicit Sql(const std::string& path);
  ~Sql();
  Sql(const Sql&) = delete;
  Sql& operator=(const Sql&) = delete;

  void run(const std::string& statements);
  /// The message of the failure, or "" when there was none.
  std::string error_of(const std::string& statements);
  /// A line for each row, its columns joined by `|`, NULL as `NULL`.
  std::vector<std::string> lines(const std::string& query);
  /// The first column of the first row; "" where there is none.
  std::string text(const std::string& query);
  std::int64_t number(const std::string& query);
  sqlite3* handle() const { return db_; }

 private:
  sqlite3* db_ = nullptr;
};

/// A new file with the schema in it.
class TempDatabase {
 public:
  /// `pragmas` are for the empty file, such as its text encoding.
  explicit TempDatabase(const std::string& pragmas = "");

  std::string path() const { return dir_.file("app.db"); }
  Sql& sql() { return *sql_; }
  const TempFolder& dir() const { return dir_; }

 private:
  TempFolder dir_;
  std::unique_ptr<Sql> sql_;
};

std::string read_text(const std::string& path);

/// `text` as an SQL literal; a NUL byte becomes char(0).
std::string quoted(const std::string& text);

}  // namespace keitaro_outbox::store_tests
