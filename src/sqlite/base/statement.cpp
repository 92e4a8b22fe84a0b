#include "sqlite/base/statement.hpp"

#include <sqlite3.h>

#include <stdexcept>
#include <utility>

#include "sqlite/base/errors.hpp"

namespace keitaro_outbox::sqlite {

Statement::Statement(sqlite3* db, std::string_view text) {
  const int code = sqlite3_prepare_v3(db, text.data(), static_cast<int>(text.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
  if (code != SQLITE_OK) throw sql_error(db, code);
}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

Statement::Statement(Statement&& other) noexcept
    : parameters_(std::move(other.parameters_)), statement_(std::exchange(other.statement_, nullptr)) {}

Statement::Run::~Run() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

int Statement::Run::index_of(const char* name) {
  for (std::size_t tried = 0; tried < parameters_.size(); ++tried) {
    const Parameter& parameter = parameters_[next_parameter_ % parameters_.size()];
    ++next_parameter_;
    if (parameter.name == name) return parameter.index;
  }
  const int index = sqlite3_bind_parameter_index(statement_, name);
  if (index == 0) throw std::logic_error(std::string("the statement has no parameter ") + name);
  parameters_.push_back({name, index});
  next_parameter_ = 0;
  return index;
}

void Statement::Run::fail(int code) const {
  throw sql_error(sqlite3_db_handle(statement_), code);
}

Statement::Run& Statement::Run::bind(const char* name, std::int64_t value) {
  const int code = sqlite3_bind_int64(statement_, index_of(name), value);
  if (code != SQLITE_OK) fail(code);
  return *this;
}

Statement::Run& Statement::Run::bind(const char* name, std::string_view text) {
  // A null pointer would bind NULL, and an empty view may have one.
  const char* data = text.data() == nullptr ? "" : text.data();
  const int code =
      sqlite3_bind_text64(statement_, index_of(name), data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (code != SQLITE_OK) fail(code);
  return *this;
}

bool Statement::Run::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) fail(code);
  return false;
}

int Statement::Run::execute() {
  while (step()) {
  }
  return sqlite3_changes(sqlite3_db_handle(statement_));
}

std::int64_t Statement::Run::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::Run::view(int column) const {
  const unsigned char* data = sqlite3_column_text(statement_, column);
  if (data == nullptr) {
    // For NULL, and for lack of memory: a row must not seem to lack what it has.
    if (sqlite3_errcode(sqlite3_db_handle(statement_)) == SQLITE_NOMEM) fail(SQLITE_NOMEM);
    return {};
  }
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return {reinterpret_cast<const char*>(data), size};
}

std::string Statement::Run::text(int column) const {
  return std::string(view(column));
}

std::optional<std::int64_t> Statement::Run::optional_integer(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return integer(column);
}

std::optional<std::string> Statement::Run::optional_text(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return text(column);
}

std::int64_t integer_of(sqlite3* db, std::string_view text) {
  Statement statement(db, text);
  Statement::Run run(statement);
  return run.step() ? run.integer(0) : 0;
}

void execute(sqlite3* db, const char* text) {
  const int code = sqlite3_exec(db, text, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw sql_error(db, code);
}

}  // namespace keitaro_outbox::sqlite
