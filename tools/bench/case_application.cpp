#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>

#include <chrono>
#include <optional>

#include "bench/cases.hpp"
#include "bench/interrupt.hpp"
#include "bench/queue_watch.hpp"
#include "bench/subids.hpp"

namespace keitaro_outbox::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Commits {
  Samples millis;
  int busy = 0;  ///< Those that gave up after a second.
};

/// An application as the schema's header shows it: a row of its own and one of the outbox in each
/// transaction.
class Application {
 public:
  Application(const std::string& file, std::uint64_t seed)
      : db_(file, SQLite::OPEN_READWRITE, 1000), subids_(seed) {
    db_.exec(
        "PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, subid TEXT)");
    order_.emplace(db_, "INSERT INTO orders (subid) VALUES (?)");
    conversion_.emplace(db_, "INSERT INTO outbox (subid, status, payout) VALUES (?, 'sale', '12.5')");
  }

  void commit(Commits& commits) {
    const std::string subid = subids_.next();
    const auto begun = Clock::now();
    try {
      db_.exec("BEGIN IMMEDIATE");
      for (auto* insert : {&*order_, &*conversion_}) {
        insert->bind(1, subid);
        insert->exec();
        insert->reset();
      }
      db_.exec("COMMIT");
    } catch (const SQLite::Exception& error) {
      if (error.getErrorCode() != SQLITE_BUSY) throw;
      ++commits.busy;
    }
    commits.millis.add(std::chrono::duration<double, std::milli>(Clock::now() - begun).count());
  }

 private:
  SQLite::Database db_;
  Subids subids_;
  std::optional<SQLite::Statement> order_;
  std::optional<SQLite::Statement> conversion_;
};

/// One commit after the other, `every` apart, while `go_on(number)`.
template <typename GoOn>
Commits commit_while(Application& application, GoOn go_on) {
  constexpr auto kEvery = 5ms;
  Commits commits;
  for (int i = 0; go_on(i); ++i) {
    application.commit(commits);
    pause_for(kEvery);
  }
  return commits;
}

}  // namespace

void run_application(Bench& bench, CaseReport& report) {
  const std::uint64_t rows = bench.settings().backlog / 2;  // More than is delivered meanwhile.
  const int commits = bench.settings().short_run ? 50 : 1500;
  in_rounds(bench, [&] {
    const std::string db = bench.make_outbox("outbox.db", rows);
    Application application(db, bench.next_seed());
    bench.progress().show("the application alone");
    const Commits alone = commit_while(application, [&](int i) { return i < commits; });

    bench.progress().show("the application beside the worker");
    QueueWatch watch(db);
    const auto first = watch.front();
    Worker worker(bench, {db, bench.url(), {}, false});
    while (watch.front() == first) pause_for(1ms);
    const Commits beside = commit_while(application, [&](int i) {
      worker.must_run();
      return i < commits && watch.front();
    });
    const bool worked_all_the_time = watch.front().has_value();
    worker.stop();
    if (!worked_all_the_time) report.note("the worker was done first: only the commits until then count");

    report.add("commit alone, p50", "ms", alone.millis.median());
    report.add("commit beside the worker, p50", "ms", beside.millis.median());
    report.add("commit alone, p99", "ms", alone.millis.percentile(99));
    report.add("commit beside the worker, p99", "ms", beside.millis.percentile(99));
    report.add("commit beside the worker, slowest", "ms", beside.millis.max());
    report.add("p99 beside / p99 alone", "times", beside.millis.percentile(99) / alone.millis.percentile(99));
    report.add("SQLITE_BUSY with a time-out of 1 s", "commits", beside.busy);
    remove_database(db);
  });
}

}  // namespace keitaro_outbox::bench
