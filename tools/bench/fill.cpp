#include "bench/fill.hpp"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <algorithm>
#include <chrono>

#include "bench/files.hpp"
#include "bench/interrupt.hpp"
#include "bench/subids.hpp"

namespace keitaro_outbox::bench {
namespace {

constexpr std::uint64_t kGroup = 100'000;

/// Runs `insert` once for each row, after `bind(statement, i)`.
template <typename Bind>
void insert_all(SQLite::Database& db, const char* insert, std::uint64_t rows, const Told& told, Bind bind) {
  db.exec("PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;");
  SQLite::Statement statement(db, insert);
  for (std::uint64_t done = 0; done < rows;) {
    const std::uint64_t until = std::min(rows, done + kGroup);
    db.exec("BEGIN IMMEDIATE");
    for (; done < until; ++done) {
      bind(statement, done);
      statement.exec();
      statement.reset();
    }
    db.exec("COMMIT");
    if (told) told(done);
    throw_if_interrupted();
  }
}

/// As an application does it, though in big groups: every CHECK, trigger and index, through the log.
template <typename Bind>
void fill(const std::string& file, const char* insert, std::uint64_t rows, const Told& told, Bind bind) {
  {
    SQLite::Database db(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    insert_all(db, insert, rows, told, bind);
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  settle_on_disk(file);
}

/// For rows that are known to be good, in a file that is thrown away when it is not finished: no log, and the
/// CHECKs are left out. Indexes are kept, triggers would run.
template <typename Bind>
void fill_fast(const std::string& file, const char* insert, std::uint64_t rows, const Told& told, Bind bind) {
  {
    SQLite::Database db(file, SQLite::OPEN_READWRITE);
    db.exec("PRAGMA ignore_check_constraints = ON");
    db.execAndGet("PRAGMA journal_mode = OFF");
    insert_all(db, insert, rows, told, bind);
    db.execAndGet("PRAGMA journal_mode = WAL");
  }
  settle_on_disk(file);
}

std::int64_t wall_millis() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

void fill_pending(const std::string& db, std::uint64_t rows, std::uint64_t seed, const Told& told) {
  Subids subids(seed);
  fill(db, "INSERT INTO outbox (subid, status, payout, currency) VALUES (?, 'sale', '12.5', 'usd')", rows,
       told, [&](SQLite::Statement& insert, std::uint64_t) { insert.bind(1, subids.next()); });
}

void fill_trackers(const std::string& db, std::uint64_t rows, int trackers, std::uint64_t seed,
                   const Told& told) {
  Subids subids(seed);
  fill(db, "INSERT INTO outbox (tracker, subid, status) VALUES (?, ?, 'sale')", rows, told,
       [&](SQLite::Statement& insert, std::uint64_t i) {
         insert.bind(1, "t" + std::to_string(i % static_cast<std::uint64_t>(trackers) + 1));
         insert.bind(2, subids.next());
       });
}

void fill_history(const std::string& db, std::uint64_t rows, std::uint64_t seed, const Told& told) {
  const SubidLot lot(seed, rows);
  const std::int64_t begun = wall_millis() - static_cast<std::int64_t>(rows);
  fill_fast(
      db,
      "INSERT INTO outbox (id, subid, status, payout, currency, created_at, finished_at, state, attempts,"
      " sent_as, http_status, response)"
      " VALUES (?1, ?2, 'sale', '12.5', 'usd', ?3, ?3 + 5, 'delivered', 1, 'sale', 200, 'OK')",
      rows, told, [&](SQLite::Statement& insert, std::uint64_t row) {
        insert.bind(1, static_cast<std::int64_t>(row + 1));
        insert.bind(2, lot.of_rank(lot.rank_of_row(row)));
        insert.bind(3, begun + static_cast<std::int64_t>(row));
      });
}

void fill_ledger(const std::string& db, std::uint64_t rows, std::uint64_t seed, const Told& told) {
  const SubidLot lot(seed, rows);
  const std::int64_t begun = wall_millis() - static_cast<std::int64_t>(rows);
  fill_fast(db,
            "INSERT INTO conversions (tracker, subid, status, sent_status, payout, currency, outbox_id, "
            "taken_in_at)"
            " VALUES ('default', ?1, 'sale', 'sale', '12.5', 'usd', ?2, ?3 + ?2)",
            rows, told, [&](SQLite::Statement& insert, std::uint64_t rank) {
              insert.bind(1, lot.of_rank(rank));
              insert.bind(2, static_cast<std::int64_t>(lot.row_of_rank(rank) + 1));
              insert.bind(3, begun);
            });
}

void make_queue(const std::string& file, std::uint64_t rows, std::uint64_t seed) {
  {
    SQLite::Database db(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    db.exec(
        "PRAGMA journal_mode = WAL;"
        "CREATE TABLE queue (id INTEGER PRIMARY KEY, subid TEXT NOT NULL, state TEXT NOT NULL DEFAULT "
        "'pending',"
        " finished_at INTEGER)");
  }
  Subids subids(seed);
  fill(file, "INSERT INTO queue (subid) VALUES (?)", rows, {},
       [&](SQLite::Statement& insert, std::uint64_t) { insert.bind(1, subids.next()); });
}

}  // namespace keitaro_outbox::bench
