#include "postgresql/admin/bulk_insert.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

#include "core/rules/conversion_rules.hpp"
#include "postgresql/admin/append_row.hpp"
#include "postgresql/schema/migrator.hpp"

namespace keitaro_outbox::postgresql {
namespace {

using ports::ImportResult;

constexpr std::size_t kRowsInsertedAtOnce = 250;

}  // namespace

BulkInsert::BulkInsert(const std::string& address, Mode mode) : connection_(address), mode_(mode) {
  check_schema(connection_);
}

std::vector<ImportResult> BulkInsert::add(std::span<const Conversion> rows) {
  rows = rows.first(std::min(rows.size(), kRowsInsertedAtOnce));
  std::vector<ImportResult> results(rows.size());
  std::vector<std::size_t> sent;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (const auto rule = core::broken_rule(columns_of(rows[i]))) {
      results[i] = {ImportResult::Kind::rejected, core::words_of_rule(*rule)};
    } else {
      sent.push_back(i);
    }
  }
  const auto note = [&](std::size_t row, const Result& appended) {
    results[row].kind = appended.empty() ? ImportResult::Kind::already_there : ImportResult::Kind::added;
  };
  const auto end = [&](Transaction& transaction) {
    if (mode_ == Mode::write) transaction.commit();
  };
  if (sent.empty()) return results;
  try {
    Transaction transaction(connection_);
    std::vector<Statement> statements;
    statements.reserve(sent.size());
    for (const std::size_t row : sent) statements.push_back(appending(rows[row]));
    const std::vector<Result> appended = connection_.pipeline(statements);
    for (std::size_t i = 0; i < sent.size(); ++i) note(sent[i], appended.at(i));
    end(transaction);
    return results;
  } catch (const SqlError& error) {
    if (!error.speaks_of_a_row()) throw;
  }
  // One of them is turned away by a type, or by a trigger of the application: which, is found one by one.
  Transaction transaction(connection_);
  for (const std::size_t row : sent) {
    connection_.run(std::string("SAVEPOINT one_row"));
    try {
      note(row, connection_.run(appending(rows[row])));
    } catch (const SqlError& error) {
      if (!error.speaks_of_a_row()) throw;
      connection_.run(std::string("ROLLBACK TO SAVEPOINT one_row"));
      results[row] = {ImportResult::Kind::rejected, error.what()};
    }
  }
  end(transaction);
  return results;
}

}  // namespace keitaro_outbox::postgresql
