#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace keitaro_outbox::sqlite {

/// A prepared statement on a caller's own handle (append, install_schema), which SQLiteCpp cannot take. On
/// our own connections use SQLite::Statement and Run. All calls throw SqlError.
class Statement {
  struct Parameter;

 public:
  /// One statement; comments before it are no matter.
  Statement(sqlite3* db, std::string_view text);
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// One run, from its parameters to its last row. Resets the statement at its end, however it ends, so that
  /// none is left open in a transaction. Texts are not copied: they must live as long as the run.
  class Run {
   public:
    explicit Run(Statement& statement)
        : statement_(statement.statement_), parameters_(statement.parameters_) {}
    ~Run();
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;

    /// A parameter by its name, `:tracker`. A text may hold NUL bytes. Those that are not bound are NULL.
    Run& bind(const char* name, std::int64_t value);
    Run& bind(const char* name, std::string_view text);
    Run& bind(const char* name, const std::string& text) { return bind(name, std::string_view(text)); }
    Run& bind(const char* name, const char* text) { return bind(name, std::string_view(text)); }
    Run& bind(const char* name, std::string&& text) = delete;
    Run& bind(const char* name, bool value) { return bind(name, std::int64_t{value}); }
    Run& bind(const char* name, int value) { return bind(name, std::int64_t{value}); }
    template <typename T>
    Run& bind(const char* name, const std::optional<T>& value) {
      return value ? bind(name, *value) : *this;
    }

    /// Goes to the next row; false when there is none.
    bool step();

    /// Runs to the end; gives the number of rows that were changed by the statement itself.
    int execute();

    // Columns of the current row, from 0.
    std::int64_t integer(int column) const;
    std::string text(int column) const;       ///< Empty for NULL.
    std::string_view view(int column) const;  ///< The same, good until the next step.
    std::optional<std::int64_t> optional_integer(int column) const;
    std::optional<std::string> optional_text(int column) const;

   private:
    int index_of(const char* name);
    [[noreturn]] void fail(int code) const;

    sqlite3_stmt* statement_;
    std::vector<Parameter>& parameters_;
    std::size_t next_parameter_ = 0;
  };

 private:
  /// Where a parameter's name stands in the program, and its number: names are literals, bound in the same
  /// order in each run, so SQLite need not be asked again.
  struct Parameter {
    const char* name;
    int index;
  };

  std::vector<Parameter> parameters_;
  sqlite3_stmt* statement_ = nullptr;
};

/// The first column of the first row that a query gives; 0 where it gives none.
std::int64_t integer_of(sqlite3* db, std::string_view text);

/// Runs one or more statements that give no rows of interest: BEGIN, PRAGMA, a migration.
void execute(sqlite3* db, const char* text);

}  // namespace keitaro_outbox::sqlite
