#include "sqlite/base/run.hpp"

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

namespace keitaro_outbox::sqlite {

Run::~Run() {
  statement_.tryReset();
  statement_.clearBindings();
}

Run& Run::bind(int number, std::int64_t value) {
  statement_.bind(number, value);
  return *this;
}

Run& Run::bind(int number, const std::string& text) {
  statement_.bindNoCopy(number, text);
  return *this;
}

Run& Run::bind(int number, std::string_view text) {
  statement_.bind(number, std::string(text));
  return *this;
}

int Run::execute() {
  while (step()) {
  }
  return statement_.getChanges();
}

std::int64_t Run::integer(int column) const {
  return statement_.getColumn(column).getInt64();
}

std::string_view Run::view(int column) const {
  const SQLite::Column value = statement_.getColumn(column);
  // Not Column::getString(): it gives the bytes of a UTF-16 file as they are.
  const char* text = value.getText(nullptr);
  if (text == nullptr) {
    // For NULL, and for lack of memory: a row must not seem to lack what it has.
    if (statement_.getErrorCode() == SQLITE_NOMEM) throw SQLite::Exception("out of memory", SQLITE_NOMEM);
    return {};
  }
  return {text, static_cast<std::size_t>(value.getBytes())};
}

std::string Run::text(int column) const {
  return std::string(view(column));
}

std::optional<std::int64_t> Run::optional_integer(int column) const {
  const SQLite::Column value = statement_.getColumn(column);
  if (value.isNull()) return std::nullopt;
  return value.getInt64();
}

std::optional<std::string> Run::optional_text(int column) const {
  if (statement_.isColumnNull(column)) return std::nullopt;
  return text(column);
}

std::optional<core::WallTime> Run::optional_time(int column) const {
  const auto millis = optional_integer(column);
  if (!millis) return std::nullopt;
  return core::wall_time(*millis);
}

}  // namespace keitaro_outbox::sqlite
