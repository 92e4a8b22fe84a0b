#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "ports/outbox_store.hpp"

namespace keitaro_outbox::postgresql {

/// A StoreError with what PostgreSQL itself said, for callers that look closer.
class SqlError : public ports::StoreError {
 public:
  SqlError(Kind kind, const std::string& message, std::string sqlstate, std::string constraint)
      : StoreError(kind, message), sqlstate_(std::move(sqlstate)), constraint_(std::move(constraint)) {}

  const std::string& sqlstate() const { return sqlstate_; }  ///< Five characters.
  /// The constraint that a row breaks, such as `tracker_is_empty`; empty for another error.
  const std::string& constraint() const { return constraint_; }

  /// The same work, done again from its beginning, may well succeed at once: a serialization failure or a
  /// deadlock.
  bool worth_repeating() const { return sqlstate_ == "40001" || sqlstate_ == "40P01"; }
  /// A row of the same key is there.
  bool is_unique_violation() const { return sqlstate_ == "23505"; }
  /// A CHECK has turned a row away.
  bool is_check_violation() const { return sqlstate_ == "23514"; }
  /// It tells of one row, not of the store: a constraint, a value that a type refuses, or what a trigger of
  /// the application has raised.
  bool speaks_of_a_row() const;

 private:
  std::string sqlstate_;
  std::string constraint_;
};

/// The connection could not be made, or is lost. Whether the last transaction took effect is not known where
/// its COMMIT had been sent.
class ConnectionLost : public ports::StoreError {
 public:
  using StoreError::StoreError;
};

/// What kind of trouble a SQLSTATE tells of.
ports::StoreError::Kind kind_of_sqlstate(std::string_view sqlstate);

/// An error that the server has told, in the store's words. `database` is its address as people may see it.
SqlError sql_error(const std::string& database, std::string_view sqlstate, std::string_view said,
                   std::string constraint);

}  // namespace keitaro_outbox::postgresql
