#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <chrono>
#include <random>
#include <stdexcept>

#include "bench/cases.hpp"
#include "bench/interrupt.hpp"
#include "bench/subids.hpp"

namespace keitaro_outbox::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// An application that commits one row now and then.
class Committer {
 public:
  Committer(const std::string& file, std::uint64_t seed)
      : db_(file, SQLite::OPEN_READWRITE, 5000),
        insert_(db_, "INSERT INTO outbox (subid, status) VALUES (?, 'sale')"),
        subids_(seed) {
    db_.exec("PRAGMA synchronous = FULL");
  }

  /// When the commit returned.
  Clock::time_point commit_row() {
    insert_.bind(1, subids_.next());
    insert_.exec();  // Without BEGIN, a transaction of its own.
    const auto committed = Clock::now();
    insert_.reset();
    return committed;
  }

 private:
  SQLite::Database db_;
  SQLite::Statement insert_;
  Subids subids_;
};

/// Milliseconds from the commit to the request's arrival.
double time_one(Worker& worker, const Receiver& receiver, Committer& committer) {
  const std::uint64_t before = receiver.requests();
  const auto committed = committer.commit_row();
  while (receiver.requests() == before) {
    worker.must_run();
    if (Clock::now() - committed > 60s)
      throw std::runtime_error("a committed row has not been sent for 60 s");
    pause_for(200us);
  }
  return std::chrono::duration<double, std::milli>(receiver.last_arrival() - committed).count();
}

double idle_percent(Worker& worker, std::chrono::seconds length) {
  const double before = worker.process().cpu_seconds();
  const auto begun = Clock::now();
  pause_for(length);
  const double used = worker.process().cpu_seconds() - before;
  return used / std::chrono::duration<double>(Clock::now() - begun).count() * 100;
}

}  // namespace

void run_idle(Bench& bench, CaseReport& report) {
  const bool brief = bench.settings().short_run;
  const int commits = brief ? 20 : 300;
  std::minstd_rand random(7);
  std::uniform_int_distribution<int> pause_millis(20, 60);
  in_rounds(bench, [&] {
    const std::string db = bench.make_outbox("outbox.db", 0);
    Receiver receiver;
    Worker worker(bench, {db, receiver.url(), {}, false});
    Committer committer(db, bench.next_seed());
    time_one(worker, receiver, committer);  // Waits for the start, and opens the connection.

    Samples millis;
    for (int i = 0; i < commits; ++i) {
      bench.progress().show("commits", static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(commits));
      pause_for(std::chrono::milliseconds{pause_millis(random)});
      millis.add(time_one(worker, receiver, committer));
    }
    bench.progress().show("idle");
    pause_for(500ms);
    const double percent = idle_percent(worker, brief ? 1s : 10s);
    worker.stop();
    report.add("commit to request, median", "ms", millis.median());
    report.add("commit to request, p99", "ms", millis.percentile(99));
    report.add("commit to request, slowest", "ms", millis.max());
    report.add("CPU while idle", "% of a core", percent);
    remove_database(db);
  });
}

}  // namespace keitaro_outbox::bench
