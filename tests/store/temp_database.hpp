#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

struct sqlite3;

namespace keitaro_outbox::store_tests {

/// A folder of its own, gone at the end.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

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
  TempDatabase();

  std::string path() const { return dir_.file("app.db"); }
  Sql& sql() { return *sql_; }
  const TempDir& dir() const { return dir_; }

 private:
  TempDir dir_;
  std::unique_ptr<Sql> sql_;
};

std::string read_text(const std::string& path);

/// `text` as an SQL literal; a NUL byte becomes char(0).
std::string quoted(const std::string& text);

}  // namespace keitaro_outbox::store_tests
