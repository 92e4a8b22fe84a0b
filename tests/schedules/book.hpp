#pragma once

#include <SQLiteCpp/Statement.h>

#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "schedules/expectation.hpp"
#include "schedules/sim_database.hpp"

namespace keitaro_outbox::simulation {

struct BookedRow {
  std::shared_ptr<const Facts> facts;
  Standing standing;
};

using ConversionKey = std::tuple<std::string, std::string, std::string>;  ///< tracker, subid, tid.

/// All that the database says at one moment.
struct Book {
  std::map<std::int64_t, BookedRow> rows;
  std::map<ConversionKey, TakenIn> taken_in;

  const TakenIn* last_taken_in(const Facts& row) const;
};

/// Reads the database on the application's connection.
class BookKeeper {
 public:
  explicit BookKeeper(SimDatabase& database);

  /// Whether the worker has committed anything since the last call.
  bool worker_has_committed();

  /// `before` lends the facts of the rows that it knows: they cannot change.
  std::shared_ptr<const Book> read(const Book& before);

 private:
  std::shared_ptr<const Facts> read_facts(std::int64_t id);

  SQLite::Statement version_;
  SQLite::Statement rows_;
  SQLite::Statement facts_;
  SQLite::Statement taken_in_;
  std::int64_t last_version_ = 0;
};

}  // namespace keitaro_outbox::simulation
