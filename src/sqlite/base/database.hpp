#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sqlite/base/errors.hpp"
#include "sqlite/base/run.hpp"

namespace keitaro_outbox::sqlite {

/// One statement; comments before it are no matter. Throws SQLite::Exception.
inline SQLite::Statement prepare(const SQLite::Database& db, std::string_view text) {
  return {db, std::string(text)};
}

/// The numbers of a hot statement's parameters, found once: a run that binds by name looks each of them up.
template <std::size_t N>
std::array<int, N> numbers_of(const SQLite::Statement& statement, const std::array<const char*, N>& names) {
  std::array<int, N> numbers{};
  for (std::size_t i = 0; i < N; ++i) numbers[i] = statement.getIndex(names[i]);
  return numbers;
}

/// The first column of the first row that a query gives; 0 where it gives none. Throws SQLite::Exception.
inline std::int64_t integer_of(const SQLite::Database& db, std::string_view text) {
  SQLite::Statement statement = prepare(db, text);
  Run run(statement);
  return run.step() ? run.integer(0) : 0;
}

/// What a failed call on `db` means to the store. To be called before the next call on `db`.
SqlError store_error(const SQLite::Database& db, const SQLite::Exception& error);

/// Runs `work` on `db`. Each public function of a class that has a database goes through here, so that its
/// callers meet StoreErrors only.
template <typename Work>
auto with_store_errors(const SQLite::Database& db, Work&& work) {
  try {
    return work();
  } catch (const SQLite::Exception& error) {
    throw store_error(db, error);
  }
}

}  // namespace keitaro_outbox::sqlite
