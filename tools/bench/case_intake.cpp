#include <signal.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>

#include "bench/callers.hpp"
#include "bench/cases.hpp"
#include "bench/interrupt.hpp"

namespace keitaro_outbox::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

const std::string kKey = "bench-key-0123456789abcdefghijkl";
constexpr auto kPatience = 30s;
constexpr int kManyConnections = 1000;
/// A group holds no more than all callers have under way: with few of them it cannot grow.
constexpr int kForGroupsToGrow = 512;
constexpr int kSlowClients = 500;
constexpr double kCallsASecond = 1000;

std::string whole_file(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A running front door. Ended, whatever happens, with this object.
class FrontDoor {
 public:
  FrontDoor(Bench& bench, const std::string& db, bool slow_fsync = false)
      : log_(bench.path("door.log")), child_(started(bench, db, slow_fsync)), port_(awaited_port()) {}

  std::uint16_t port() const { return port_; }
  Child& process() { return child_; }

  void stop() {
    child_.signal(SIGTERM);
    if (child_.wait(kPatience).exit_code != 0)
      throw std::runtime_error("the front door ended badly: " + end_of_file(log_));
  }

 private:
  Child started(Bench& bench, const std::string& db, bool slow_fsync) const {
    std::filesystem::remove(log_);
    const std::string config = bench.path("door.toml");
    // The proxy: one address has many connections here.
    std::ofstream(config) << "[intake]\nlisten = \"127.0.0.1:0\"\ntrusted_proxies = [\"127.0.0.1\"]\n"
                          << "[[source]]\nname = \"bench\"\nkey = \"" << kKey << "\"\n";
    return Child(bench.intake_command(db, config, log_, slow_fsync));
  }

  std::uint16_t awaited_port() {
    const auto until = Clock::now() + kPatience;
    const std::regex line("front_door address=127\\.0\\.0\\.1:([0-9]+)");
    while (true) {
      const std::string log = whole_file(log_);
      std::smatch found;
      if (std::regex_search(log, found, line)) return static_cast<std::uint16_t>(std::stoi(found[1]));
      if (!child_.running() || Clock::now() > until)
        throw std::runtime_error("the front door does not start: " + end_of_file(log_));
      pause_for(5ms);
    }
  }

  const std::string log_;
  Child child_;
  const std::uint16_t port_;
};

class IntakeRound {
 public:
  IntakeRound(Bench& bench, CaseReport& report)
      : bench_(bench), report_(report), length_(bench.settings().short_run ? 300ms : 3000ms) {}

  void run() {
    rates();
    slow_fsync();
    beside_a_worker();
    slow_clients();
    memory();
  }

 private:
  CallPlan plan(const FrontDoor& door) {
    CallPlan plan;
    plan.port = door.port();
    plan.before = "/" + kKey + "/postback?status=lead&subid=";
    plan.length = length_;
    plan.seed = bench_.next_seed();
    return plan;
  }

  Calls called(const CallPlan& plan, const char* what) {
    bench_.progress().show(what);
    Calls calls = call_front_door(plan);
    if (calls.failed > 0)
      throw std::runtime_error(std::to_string(calls.failed) + " requests were not answered with 200");
    return calls;
  }

  void rates() {
    const std::string db = bench_.make_outbox("outbox.db", 0);
    FrontDoor door(bench_, db);
    double many = 0;
    double one = 0;
    double without = 0;
    in_turn(bench_, {[&] { many = called(plan(door), "64 connections").rate(); },
                     [&] {
                       CallPlan alone = plan(door);
                       alone.connections = 1;
                       const Calls calls = called(alone, "one connection");
                       one = calls.rate();
                       lone_commit_ = calls.millis.median();
                     },
                     [&] {
                       CallPlan ignored = plan(door);
                       ignored.after = "&ignore=lead";
                       without = called(ignored, "without the database").rate();
                     }});
    door.stop();
    report_.add("committed, 64 connections", "requests/s", many);
    report_.add("a commit for each request", "requests/s", one);
    report_.add("answered without the database", "requests/s", without);
    report_.add("64 connections / a commit for each", "times", many / one);
    report_.add("committed / answered without the database", "times", many / without);
    remove_database(db);
  }

  void slow_fsync() {
    const double rate = deep_rate(false, "512 connections");
    const double slow_rate = deep_rate(true, "slow fsync");
    report_.add("fsync 2 ms slower: of the rate without", "times", slow_rate / rate);
  }

  double deep_rate(bool slow, const char* what) {
    const std::string db = bench_.make_outbox("outbox.db", 0);
    FrontDoor door(bench_, db, slow);
    CallPlan deep = plan(door);
    deep.connections = kForGroupsToGrow;
    const double rate = called(deep, what).rate();
    door.stop();
    remove_database(db);
    return rate;
  }

  void beside_a_worker() {
    // Rows enough for the worker to be busy all the time.
    const std::string db = bench_.make_outbox("outbox.db", bench_.settings().rows);
    FrontDoor door(bench_, db);
    Worker worker(bench_, {db, bench_.url(), {}, false});
    CallPlan paced = plan(door);
    paced.rate = kCallsASecond;
    const double p99 = called(paced, "beside a worker").millis.percentile(99);
    worker.kill();
    door.stop();
    report_.add("1,000 a second beside a worker, p99", "ms", p99);
    report_.add("a lone request, median", "ms", lone_commit_);
    report_.add("that p99 beyond 3 lone requests", "ms", p99 - 3 * lone_commit_);
    remove_database(db);
  }

  void slow_clients() {
    const std::string db = bench_.make_outbox("outbox.db", 0);
    FrontDoor door(bench_, db);
    CallPlan honest = plan(door);
    honest.connections = 1;
    const double alone = called(honest, "an honest client").millis.percentile(99);
    const HeldConnections slow(door.port(), kSlowClients, "GET /" + kKey + "/postback?subid=");
    const double beside = called(honest, "beside slow clients").millis.percentile(99);
    door.stop();
    report_.add("an honest client alone, p99", "ms", alone);
    report_.add("beside 500 slow clients, p99", "ms", beside);
    report_.add("beside 500 slow clients / alone", "times", beside / alone);
    remove_database(db);
  }

  void memory() {
    const std::string db = bench_.make_outbox("outbox.db", 0);
    FrontDoor door(bench_, db);
    CallPlan all = plan(door);
    all.connections = kManyConnections;
    called(all, "1,000 connections");
    report_.add("peak memory with 1,000 connections", "MiB", door.process().peak_mib());
    door.stop();
    remove_database(db);
  }

  Bench& bench_;
  CaseReport& report_;
  const std::chrono::milliseconds length_;
  double lone_commit_ = 0;
};

}  // namespace

void run_intake(Bench& bench, CaseReport& report) {
  in_rounds(bench, [&] { IntakeRound(bench, report).run(); });
  report.note("callers are one thread on the same machine; each connection has one request under way");
}

}  // namespace keitaro_outbox::bench
