#pragma once

#include <cstdint>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace keitaro_outbox::sqlite {

/// A statement for one run on a handle that the application opened itself: append() and install_schema() take
/// it, and SQLiteCpp wraps only connections that it has opened. On connections of ours use SQLite::Statement
/// and Run. All calls throw SqlError.
class HandleStatement {
 public:
  /// One statement; comments before it are no matter.
  HandleStatement(sqlite3* db, std::string_view text);
  ~HandleStatement();
  HandleStatement(const HandleStatement&) = delete;
  HandleStatement& operator=(const HandleStatement&) = delete;

  // A parameter by its name, `:tracker`. Those that are not bound are NULL.
  HandleStatement& bind(const char* name, std::int64_t value);
  /// Not copied: the text must live as long as the statement.
  HandleStatement& bind(const char* name, std::string_view text);

  /// Goes to the next row; false when there is none.
  bool step();

  // Columns of the current row, from 0.
  std::int64_t integer(int column) const;
  std::string text(int column) const;  ///< Empty for NULL.

 private:
  int number_of(const char* name) const;
  void check(int code) const;

  sqlite3_stmt* statement_ = nullptr;
};

/// Runs one or more statements that give no rows of interest on such a handle: BEGIN, a migration.
void execute_on(sqlite3* db, const char* text);

}  // namespace keitaro_outbox::sqlite
