#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench/cases.hpp"
#include "bench/interrupt.hpp"
#include "bench/postgresql_server.hpp"
#include "bench/readable.hpp"
#include "bench/subids.hpp"

namespace keitaro_outbox::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kPatience = 120s;
constexpr int kFewWorkers = 4;
constexpr int kLanes = 256;  ///< That workers share.

double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

/// A value of a worker's metrics, added up over its labels; nullopt where there is none.
std::optional<double> metric(const std::string& url, std::string_view name) {
  std::string text;
  const auto append = [](char* data, std::size_t size, std::size_t count, void* out) -> std::size_t {
    static_cast<std::string*>(out)->append(data, size * count);
    return size * count;
  };
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, 2000L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, +append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &text);
  if (curl_easy_perform(curl.get()) != CURLE_OK) return std::nullopt;
  std::optional<double> sum;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    if (!line.starts_with(name) || line.size() == name.size()) continue;
    if (line[name.size()] != ' ' && line[name.size()] != '{') continue;
    sum = sum.value_or(0) + std::stod(std::string(line.substr(line.rfind(' ') + 1)));
  }
  return sum;
}

/// A worker on the server, and its metrics.
class PostgresqlWorker {
 public:
  PostgresqlWorker(const Bench& bench, const std::string& db, const std::string& url)
      : metrics_("127.0.0.1:" + std::to_string(free_port())),
        worker_(bench, {db, url, {"--listen", metrics_}, false}) {}

  void must_run() { worker_.must_run(); }
  Ended stop() { return worker_.stop(); }
  int lanes() const { return static_cast<int>(metric(url(), "keitaro_outbox_postgresql_lanes").value_or(0)); }
  double finished() const { return metric(url(), "keitaro_outbox_rows_finished_total").value_or(0); }
  std::optional<double> round_trips() const {
    return metric(url(), "keitaro_outbox_postgresql_round_trips_total");
  }

 private:
  std::string url() const { return "http://" + metrics_ + "/metrics"; }

  std::string metrics_;
  Worker worker_;
};

struct Delivery {
  double seconds = 0;
  double wal_bytes = 0;
  double least_share = 1;  ///< Of the rows, that of the worker that delivered fewest.
  std::optional<double> round_trips;

  double rate(std::uint64_t rows) const { return static_cast<double>(rows) / seconds; }
};

/// The outbox of one database on the server.
class PostgresqlOutbox {
 public:
  PostgresqlOutbox(Bench& bench, const PostgresqlServer& server, const std::string& database)
      : bench_(bench), url_(server.url(database)), admin_(server.url("postgres")) {
    admin_.run("DROP DATABASE IF EXISTS " + database + " WITH (FORCE)");
    admin_.run("CREATE DATABASE " + database);
    bench.time_command({"init", "--db", url_});
    client_.emplace(url_);
    client_->run("SET enable_seqscan = off");
  }

  const std::string& url() const { return url_; }
  PostgresqlClient& client() { return *client_; }

  void add_pending(std::uint64_t rows) {
    commit_pending(rows);
    client_->run("CHECKPOINT");
  }

  /// Rows that were delivered long ago, and what the ledger has of them.
  void add_history(std::uint64_t rows) {
    bench_.progress().show("history");
    insert(", state, attempts, sent_as, http_status, response, finished_at",
           ", 'delivered', 1, 'sale', 200, 'OK', now()", rows);
    client_->run(
        "INSERT INTO conversions (tracker, subid, status, sent_status, payout, currency, outbox_id, "
        "taken_in_at) SELECT tracker, subid, 'sale', 'sale', payout, currency, id, finished_at FROM outbox");
    client_->run("VACUUM ANALYZE outbox");
    client_->run("VACUUM ANALYZE conversions");
  }

  /// Has a worker deliver all that waits, `rows` rows, to the receiver that answers at once.
  Delivery deliver(std::uint64_t rows) {
    const auto begun = Clock::now();
    return await(start(1), rows, begun);
  }

  /// Has `workers` that share the lanes deliver `rows` rows, which are committed at once.
  Delivery deliver_committed(int workers, std::uint64_t rows) {
    auto running = start(workers);
    bench_.progress().show("their shares");
    for (const auto& worker : running) {
      while (std::abs(worker->lanes() - kLanes / workers) > 1) {
        worker->must_run();
        pause_for(20ms);
      }
    }
    commit_pending(rows);
    const auto begun = Clock::now();
    return await(std::move(running), rows, begun);
  }

 private:
  using Workers = std::vector<std::unique_ptr<PostgresqlWorker>>;

  void commit_pending(std::uint64_t rows) {
    bench_.progress().show("waiting rows");
    insert("", "", rows);
  }

  Workers start(int workers) {
    Workers running;
    for (int i = 0; i < workers; ++i)
      running.push_back(std::make_unique<PostgresqlWorker>(bench_, url_, bench_.url()));
    return running;
  }

  Delivery await(Workers running, std::uint64_t rows, Clock::time_point begun) {
    const std::string before = client_->run("SELECT pg_current_wal_lsn()");
    while (client_->run("SELECT 1 FROM outbox WHERE state = 'pending' AND waits_for IS NULL AND tracker = "
                        "'default' LIMIT 1") == "1") {
      for (const auto& worker : running) worker->must_run();
      if (Clock::now() - begun > kPatience + std::chrono::seconds(rows / 500))
        throw std::runtime_error("rows have waited for too long: " + bench_.log_end());
      bench_.progress().show("the worker");
      // To look takes the server the longer the more rows there are.
      pause_for(20ms + std::chrono::milliseconds(rows / 5000));
    }
    Delivery delivery;
    delivery.seconds = seconds_since(begun);
    delivery.wal_bytes = std::stod(client_->run("SELECT pg_current_wal_lsn() - '" + before + "'"));
    if (running.size() == 1) delivery.round_trips = running.front()->round_trips();
    for (const auto& worker : running)
      delivery.least_share = std::min(delivery.least_share, worker->finished() / static_cast<double>(rows));
    for (const auto& worker : running) worker->stop();
    if (const auto done = delivered(); done != rows_) {
      throw std::runtime_error("of " + std::to_string(rows_) + " rows " + std::to_string(done) +
                               " were delivered: " + bench_.log_end());
    }
    return delivery;
  }

  void insert(const std::string& columns, const std::string& values, std::uint64_t rows) {
    client_->run("INSERT INTO outbox (subid, status, payout, currency" + columns +
                 ") SELECT substr(md5(random()::text) || md5(i::text), 1, 20), 'sale', 12.5, 'usd'" + values +
                 " FROM generate_series(1, " + std::to_string(rows) + ") AS i");
    rows_ += static_cast<std::int64_t>(rows);
  }

  std::int64_t delivered() {
    return client_->number("SELECT count(*) FROM outbox WHERE state = 'delivered'");
  }

  Bench& bench_;
  const std::string url_;
  PostgresqlClient admin_;
  std::optional<PostgresqlClient> client_;
  std::int64_t rows_ = 0;  ///< That were inserted.
};

enum class Wake : std::uint8_t { poll, notify };

/// As schema/outbox.postgresql-notify.sql does.
void have_commits_told(PostgresqlClient& client) {
  client.run(
      "CREATE FUNCTION outbox_notify() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "PERFORM pg_notify('outbox_' || TG_RELID, ''); RETURN NULL; END $$;"
      "CREATE TRIGGER outbox_notify AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION "
      "outbox_notify()");
}

/// Milliseconds from the commit of another to the request's arrival.
Samples time_commits(Bench& bench, PostgresqlOutbox& outbox, Wake wake, int commits) {
  Receiver receiver;
  const std::string config = bench.path("wake.toml");
  std::ofstream(config) << "wake = \"" << (wake == Wake::poll ? "poll" : "notify")
                        << "\"\n[[tracker]]\nname = \"default\"\nurl = \"" << receiver.url()
                        << "\"\nallow_private = true\n";
  if (wake == Wake::notify) have_commits_told(outbox.client());
  Worker worker(bench, {outbox.url(), "", {"--config", config}, false});
  Subids subids(bench.next_seed());
  std::minstd_rand random(7);
  std::uniform_int_distribution<int> pause_millis(20, 120);
  Samples millis;
  for (int i = 0; i <= commits; ++i) {
    bench.progress().show("commits", static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(commits));
    pause_for(std::chrono::milliseconds{pause_millis(random)});
    const std::uint64_t before = receiver.requests();
    outbox.client().run("INSERT INTO outbox (subid, status) VALUES ('" + subids.next() + "', 'sale')");
    const auto committed = Clock::now();
    while (receiver.requests() == before) {
      worker.must_run();
      if (Clock::now() - committed > 60s)
        throw std::runtime_error("a committed row has not been sent for 60 s");
      pause_for(200us);
    }
    // The first one waits for the start.
    if (i > 0)
      millis.add(std::chrono::duration<double, std::milli>(receiver.last_arrival() - committed).count());
  }
  worker.stop();
  return millis;
}

}  // namespace

void run_postgresql(Bench& bench, CaseReport& report) {
  const auto programs = PostgresqlServer::find_programs();
  if (!programs) throw Skipped("PostgreSQL's server is not installed (apt-get install postgresql)");
  const PostgresqlServer server(*programs, bench.path("postgresql"));
  const Settings& settings = bench.settings();
  const std::uint64_t rows = settings.short_run ? 1000 : settings.rows;
  const double thousands = static_cast<double>(rows) / 1000;
  const std::uint64_t history = settings.history / 10;
  in_rounds(bench, [&] {
    double sqlite = 0;
    Delivery one;
    Delivery one_at_work;
    Delivery few;
    Delivery long_history;
    Delivery held;
    const auto at_work = [&](int workers) {
      return PostgresqlOutbox(bench, server, "few").deliver_committed(workers, rows);
    };
    in_turn(bench, {[&] {
                      const std::string db = bench.make_outbox("outbox.db", rows);
                      sqlite = bench.drain({db, bench.url(), {}, false}, rows).rate();
                      remove_database(db);
                    },
                    [&] {
                      PostgresqlOutbox outbox(bench, server, "one");
                      outbox.add_pending(rows);
                      one = outbox.deliver(rows);
                    },
                    [&] { one_at_work = at_work(1); }, [&] { few = at_work(kFewWorkers); },
                    [&] {
                      PostgresqlOutbox outbox(bench, server, "history");
                      outbox.add_history(history);
                      outbox.add_pending(rows);
                      long_history = outbox.deliver(rows);
                    },
                    [&] {
                      PostgresqlOutbox outbox(bench, server, "held");
                      PostgresqlClient holder(outbox.url());
                      holder.run("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM outbox");
                      outbox.add_pending(rows);
                      outbox.deliver(rows);
                      outbox.add_pending(rows);
                      held = outbox.deliver(rows);
                    }});
    report.add("one worker", "rows/s", one.rate(rows));
    report.add("SQLite", "rows/s", sqlite);
    report.add("one worker / SQLite", "times", one.rate(rows) / sqlite);
    report.add("one worker, at work already", "rows/s", one_at_work.rate(rows));
    report.add("four workers, at work already", "rows/s", few.rate(rows));
    report.add("four workers / one", "times", few.rate(rows) / one_at_work.rate(rows));
    report.add("least share of four workers", "%", few.least_share * 100);
    report.add("round trips per 1,000 rows", "round trips",
               one.round_trips ? *one.round_trips / thousands : std::nan(""));
    report.add("WAL per row", "bytes", one.wal_bytes / static_cast<double>(rows));
    report.add("with history / without", "times", long_history.rate(rows) / one.rate(rows));
    report.add("beside a held snapshot / without", "times", held.rate(rows) / one.rate(rows));
    PostgresqlOutbox idle(bench, server, "idle");
    const int commits = settings.short_run ? 5 : 200;
    const Samples polled = time_commits(bench, idle, Wake::poll, commits);
    report.add("commit to request, median", "ms", polled.median());
    report.add("commit to request, p99", "ms", polled.percentile(99));
    const Samples told = time_commits(bench, idle, Wake::notify, commits);
    report.add("told of commits: commit to request, median", "ms", told.median());
    report.add("told of commits: commit to request, p99", "ms", told.percentile(99));
  });
  report.note(readable_count(history) + " delivered rows with history; the snapshot is held while " +
              readable_count(rows) + " rows are delivered, and beside the next");
}

}  // namespace keitaro_outbox::bench
