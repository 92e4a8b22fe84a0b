#pragma once

#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/text/time.hpp"

namespace keitaro_outbox::sqlite {

/// One run of a prepared statement, from its parameters to its last row. The destructor resets the statement
/// and clears its parameters, so that none is left open in a transaction.
///
/// Parameters are given by name (`:tracker`), or by number where the statement is hot: see numbers_of().
/// A parameter that is not bound is NULL. Throws SQLite::Exception: see with_store_errors().
class Run {
 public:
  explicit Run(SQLite::Statement& statement) : statement_(statement) {}
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  Run& bind(int number, std::int64_t value);
  /// Not copied: the text must live until the run ends.
  Run& bind(int number, const std::string& text);
  Run& bind(int number, std::string&& text) = delete;
  Run& bind(int number, std::string_view text);  ///< Copied: SQLiteCpp binds no view without a copy.
  Run& bind(int number, const char* text) { return bind(number, std::string_view(text)); }
  Run& bind(int number, int value) { return bind(number, std::int64_t{value}); }
  Run& bind(int number, bool value) { return bind(number, std::int64_t{value}); }
  Run& bind(int number, core::WallTime value) { return bind(number, core::unix_millis(value)); }
  template <typename T>
  Run& bind(int number, const std::optional<T>& value) {
    return value ? bind(number, *value) : *this;
  }
  Run& bind(int number, std::optional<std::string>&& text) = delete;

  template <typename T>
  Run& bind(const char* name, const T& value) {
    return bind(statement_.getIndex(name), value);
  }
  Run& bind(const char* name, std::string&& text) = delete;
  Run& bind(const char* name, std::optional<std::string>&& text) = delete;

  /// Goes to the next row; false when there is none.
  bool step() { return statement_.executeStep(); }

  /// Runs to the end. Returns the number of rows that the statement itself has changed.
  int execute();

  // Columns of the current row, from 0.
  std::int64_t integer(int column) const;
  std::string text(int column) const;       ///< Empty for NULL.
  std::string_view view(int column) const;  ///< Empty for NULL; valid until the next step.
  std::optional<std::int64_t> optional_integer(int column) const;
  std::optional<std::string> optional_text(int column) const;
  std::optional<core::WallTime> optional_time(int column) const;  ///< A column ending in `_at`.

 private:
  SQLite::Statement& statement_;
};

}  // namespace keitaro_outbox::sqlite
