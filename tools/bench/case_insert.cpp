#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <chrono>

#include "bench/cases.hpp"
#include "bench/interrupt.hpp"
#include "bench/subids.hpp"

namespace keitaro_outbox::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kGroup = 1000;

/// Microseconds for a row of what an application writes, `group` rows a transaction, commits included.
double cost_of_insert(SQLite::Database& db, const std::string& table, std::uint64_t rows, std::uint64_t group,
                      std::uint64_t seed) {
  SQLite::Statement insert(
      db, "INSERT INTO " + table +
              " (subid, status, tid, payout, currency) VALUES (?, 'sale', ?, '12.5', 'usd')");
  Subids subids(seed);
  const auto begun = Clock::now();
  for (std::uint64_t done = 0; done < rows;) {
    throw_if_interrupted();
    db.exec("BEGIN IMMEDIATE");
    for (std::uint64_t i = 0; i < group; ++i, ++done) {
      insert.bind(1, subids.next());
      insert.bind(2, "order-" + std::to_string(done));
      insert.exec();
      insert.reset();
    }
    db.exec("COMMIT");
  }
  return std::chrono::duration<double, std::micro>(Clock::now() - begun).count() / static_cast<double>(rows);
}

/// The same columns with the same defaults, as SQLite lists them.
std::string plain_table(SQLite::Database& db) {
  std::string columns;
  SQLite::Statement info(db, "SELECT name, type, dflt_value, pk FROM pragma_table_info('outbox')");
  while (info.executeStep()) {
    columns +=
        (columns.empty() ? "" : ", ") + info.getColumn(0).getString() + " " + info.getColumn(1).getString();
    if (info.getColumn(3).getInt() == 1) columns += " PRIMARY KEY";
    if (!info.getColumn(2).isNull()) columns += " DEFAULT (" + info.getColumn(2).getString() + ")";
  }
  return "CREATE TABLE plain (" + columns + ") STRICT";
}

}  // namespace

void run_insert(Bench& bench, CaseReport& report) {
  const std::uint64_t rows = bench.settings().rows;
  in_rounds(bench, [&] {
    bench.progress().show("inserts");
    const std::string file = bench.make_outbox("outbox.db", 0);
    {
      SQLite::Database db(file, SQLite::OPEN_READWRITE);
      db.exec("PRAGMA synchronous = FULL");
      db.exec(plain_table(db));
      double plain = 0;
      double outbox = 0;
      double plain_alone = 0;
      double outbox_alone = 0;
      const std::uint64_t few = std::max<std::uint64_t>(rows / 200, 10);
      in_turn(bench, {[&] { plain = cost_of_insert(db, "plain", rows, kGroup, bench.next_seed()); },
                      [&] { outbox = cost_of_insert(db, "outbox", rows, kGroup, bench.next_seed()); }});
      in_turn(bench, {[&] { plain_alone = cost_of_insert(db, "plain", few, 1, bench.next_seed()); },
                      [&] { outbox_alone = cost_of_insert(db, "outbox", few, 1, bench.next_seed()); }});
      report.add("outbox, 1,000 rows a transaction", "us/row", outbox);
      report.add("plain, 1,000 rows a transaction", "us/row", plain);
      report.add("outbox / plain, 1,000 rows a transaction", "times", outbox / plain);
      report.add("outbox, a row a transaction", "us/row", outbox_alone);
      report.add("plain, a row a transaction", "us/row", plain_alone);
      report.add("outbox / plain, a row a transaction", "times", outbox_alone / plain_alone);
    }
    remove_database(file);
  });
  report.note("plain: the same columns and defaults, no CHECK, trigger or index; synchronous=FULL");
}

}  // namespace keitaro_outbox::bench
