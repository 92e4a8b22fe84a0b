#include "sqlite/schema/handle_statement.hpp"

#include <sqlite3.h>

#include <cstddef>
#include <stdexcept>

#include "sqlite/base/errors.hpp"

namespace keitaro_outbox::sqlite {

HandleStatement::HandleStatement(sqlite3* db, std::string_view text) {
  const int code = sqlite3_prepare_v2(db, text.data(), static_cast<int>(text.size()), &statement_, nullptr);
  if (code != SQLITE_OK) throw sql_error(db, code);
}

HandleStatement::~HandleStatement() {
  sqlite3_finalize(statement_);
}

int HandleStatement::number_of(const char* name) const {
  const int number = sqlite3_bind_parameter_index(statement_, name);
  if (number == 0) throw std::logic_error(std::string("the statement has no parameter ") + name);
  return number;
}

void HandleStatement::check(int code) const {
  if (code != SQLITE_OK) throw sql_error(sqlite3_db_handle(statement_), code);
}

HandleStatement& HandleStatement::bind(const char* name, std::int64_t value) {
  check(sqlite3_bind_int64(statement_, number_of(name), value));
  return *this;
}

HandleStatement& HandleStatement::bind(const char* name, std::string_view text) {
  // A null pointer would bind NULL, and an empty view may have one.
  const char* data = text.data() == nullptr ? "" : text.data();
  check(sqlite3_bind_text64(statement_, number_of(name), data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

bool HandleStatement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) throw sql_error(sqlite3_db_handle(statement_), code);
  return false;
}

std::int64_t HandleStatement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string HandleStatement::text(int column) const {
  const unsigned char* data = sqlite3_column_text(statement_, column);
  if (data == nullptr) {
    // For NULL, and for lack of memory: a row must not seem to lack what it has.
    if (sqlite3_errcode(sqlite3_db_handle(statement_)) == SQLITE_NOMEM) check(SQLITE_NOMEM);
    return {};
  }
  return {reinterpret_cast<const char*>(data),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

void execute_on(sqlite3* db, const char* text) {
  const int code = sqlite3_exec(db, text, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw sql_error(db, code);
}

}  // namespace keitaro_outbox::sqlite
