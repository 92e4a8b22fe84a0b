// Two front doors and a worker on one database file, in an order that a seed decides: the application holds
// the lock, disks fail, and a door ends between any two calls. What was answered is there, once and in order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "failing_spool_disk.hpp"
#include "intake/group_keeper.hpp"
#include "ports/outbox_store.hpp"
#include "schedules/world.hpp"
#include "sqlite/intake/sqlite_intake_store.hpp"

namespace keitaro_outbox::intake {
namespace {

using namespace std::chrono_literals;
using simulation::SimCrash;

constexpr int kClicks = 6;
constexpr int kSteps = 250;

/// What goes wrong next. Shared by all calls of one door.
struct Trouble {
  int failing_calls = 0;                ///< Of the disk.
  int failing_commits = 0;              ///< Of the database.
  std::optional<int> calls_till_crash;  /// The process ends at this call from now on, of either.

  void one_call() {
    if (!calls_till_crash || (*calls_till_crash)-- > 0) return;
    calls_till_crash.reset();
    throw SimCrash{};
  }
};

class Disk final : public FailingSpoolDisk {
 public:
  explicit Disk(Trouble& trouble) : trouble_(trouble) {}
  std::int64_t size(int file) override { return SpoolDisk::size(file); }  ///< Asked where nothing may throw.
  std::int64_t write(int file, const char* from, std::size_t size, std::int64_t at) override {
    if (trouble_.calls_till_crash == 0) SpoolDisk::write(file, from, size / 3, at);
    return FailingSpoolDisk::write(file, from, size, at);
  }

 private:
  bool must_fail() override {
    trouble_.one_call();
    if (trouble_.failing_calls == 0) return false;
    --trouble_.failing_calls;
    return true;
  }
  Trouble& trouble_;
};

class Store final : public ports::IntakeStore {
 public:
  Store(const std::string& path, Trouble& trouble) : store_(path), trouble_(trouble) {}
  std::vector<ports::IntakeOutcome> commit(std::span<const ports::IntakeItem> group, core::Millis,
                                           const std::optional<ports::SpoolPosition>& position) override {
    trouble_.one_call();
    if (trouble_.failing_commits > 0) {
      --trouble_.failing_commits;
      throw ports::StoreError(ports::StoreError::Kind::io, "disk I/O error");
    }
    auto outcomes = store_.commit(group, 0ms, position);
    trouble_.one_call();
    return outcomes;
  }
  std::optional<ports::SpoolPosition> spool_position(std::string_view spool_id) override {
    return store_.spool_position(spool_id);
  }

 private:
  sqlite::SqliteIntakeStore store_;
  Trouble& trouble_;
};

/// A sender's call, and what became of it.
struct Call {
  std::string tid;  ///< Its own.
  std::string subid;
  std::string event_id = {};  ///< Empty for none.
  bool breaks_a_rule = false;
  int asked_at = 0;                ///< In steps.
  std::optional<int> answered_at;  ///< With 200, or, where it breaks a rule, with 422.
};

class Door {
 public:
  Door(const std::string& database, std::int64_t spool_size)
      : store_(database, trouble),
        spool_(database + "-intake-spool", {spool_size}, std::make_shared<Disk>(trouble)),
        keeper_(store_, &spool_, {}) {}

  void come(Call& call) { waiting_.push_back(&call); }
  bool has_calls() const { return !waiting_.empty(); }
  std::int64_t spool_bytes() const { return keeper_.spool_bytes(); }

  /// Keeps those that wait; answers at `now`.
  void keep(int now) {
    std::vector<ports::IntakeItem> items;
    for (const Call* call : waiting_) items.push_back(item_of(*call));
    const auto kept = keeper_.keep(items, 0ms);
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      if (!std::holds_alternative<NotKept>(kept.results[i])) waiting_[i]->answered_at = now;
    }
    waiting_.clear();
  }

  /// The process is gone: nobody gets an answer.
  std::deque<Call*> take_waiting() { return std::exchange(waiting_, {}); }

  Trouble trouble;

 private:
  static ports::IntakeItem item_of(const Call& call) {
    ports::IntakeItem item;
    item.source = "network";
    item.method = "GET";
    item.query = "tid=" + call.tid;
    item.received_at = 1'000;
    if (call.breaks_a_rule) {
      item.broken_rule = "status is unknown";
      return item;
    }
    item.conversion.emplace();
    item.conversion->subid = call.subid;
    item.conversion->status = "lead";
    item.conversion->tid = call.tid;
    item.conversion->event_id = call.event_id;
    return item;
  }

  Store store_;
  Spool spool_;
  GroupKeeper keeper_;
  std::deque<Call*> waiting_;
};

class TwoDoors {
 public:
  explicit TwoDoors(unsigned seed) : random_(seed) {
    spool_size_ = chance(0.2) ? 2'000 : 1'000'000;
    for (auto& door : doors_) open(door);
    world_.receiver.behave("default", [this](const simulation::Arrival&) {
      return chance(0.1) ? simulation::answers(503) : simulation::takes_in();
    });
    world_.start_worker();
  }
  ~TwoDoors() { std::filesystem::remove(world_.database.path() + "-intake-spool"); }

  void run() {
    for (now_ = 0; now_ < kSteps; ++now_) step();
    unlock();
    for (auto& door : doors_) door->trouble = {};
    for (auto& door : doors_) keep(door);
    ASSERT_EQ(doors_[0]->spool_bytes(), 0);
    ASSERT_TRUE(world_.run_until_drained());
  }

  void check() {
    std::map<std::string, std::vector<std::int64_t>> ids;
    for (const Call& call : calls_) ids[call.tid] = rows_of(call);
    for (const Call& call : calls_) {
      SCOPED_TRACE(call.tid + " of " + call.subid);
      const auto& rows = ids[call.tid];
      EXPECT_LE(rows.size(), 1U) << "counted twice";
      EXPECT_TRUE(!call.answered_at || !rows.empty()) << "answered, and lost";
    }
    for (const Call& earlier : calls_) {
      if (!earlier.answered_at || earlier.breaks_a_rule) continue;
      for (const Call& later : calls_) {
        if (later.breaks_a_rule || later.asked_at <= *earlier.answered_at || ids[later.tid].empty()) continue;
        EXPECT_LT(ids[earlier.tid].front(), ids[later.tid].front())
            << later.tid << " came after " << earlier.tid << " was answered";
      }
    }
    EXPECT_EQ(world_.database.number("SELECT count(*) FROM outbox WHERE state <> 'delivered'"), 0);
    for (int click = 0; click < kClicks; ++click) check_order_of(subid(click));
  }

  int answered() const {
    return static_cast<int>(
        std::ranges::count_if(calls_, [](const Call& call) { return !!call.answered_at; }));
  }
  int crashes() const { return crashes_; }
  int spooled() const { return spooled_; }

 private:
  using DoorPtr = std::unique_ptr<Door>;

  bool chance(double share) { return std::uniform_real_distribution<>(0, 1)(random_) < share; }
  int below(int limit) { return std::uniform_int_distribution<>(0, limit - 1)(random_); }
  DoorPtr& any_door() { return doors_[static_cast<std::size_t>(below(2))]; }
  static std::string subid(int click) { return "click" + std::to_string(click); }

  void open(DoorPtr& door) { door = std::make_unique<Door>(world_.database.path(), spool_size_); }

  void step() {
    const int kind = below(100);
    if (kind < 45) return call();
    if (kind < 75) return keep(any_door());
    if (kind < 80) return locked_ ? unlock() : lock();
    if (kind < 83) {
      any_door()->trouble.failing_commits = 1 + below(4);
    } else if (kind < 86) {
      any_door()->trouble.failing_calls = 1 + below(4);
    } else if (kind < 92) {
      any_door()->trouble.calls_till_crash = below(12);
    } else if (!locked_) {
      world_.run_for(core::Millis{below(100)});
    }
  }

  void call() {
    Call& call = calls_.emplace_back();
    call.tid = "t" + std::to_string(calls_.size());
    call.subid = subid(below(kClicks));
    call.breaks_a_rule = chance(0.1);
    if (chance(0.5)) call.event_id = "network:" + call.tid;
    call.asked_at = now_;
    any_door()->come(call);
  }

  void keep(DoorPtr& door) {
    try {
      door->keep(now_);
      if (door->spool_bytes() > 0) ++spooled_;
    } catch (const SimCrash&) {
      ++crashes_;
      const auto unanswered = door->take_waiting();
      open(door);
      // Some senders that got no answer call again, at any door.
      for (Call* call : unanswered) {
        if (!call->event_id.empty() && !call->breaks_a_rule && chance(0.5)) any_door()->come(*call);
      }
    }
  }

  void lock() {
    world_.database.sql("BEGIN IMMEDIATE");
    locked_ = true;
  }
  void unlock() {
    if (locked_) world_.database.sql("COMMIT");
    locked_ = false;
  }

  std::vector<std::int64_t> rows_of(const Call& call) {
    const std::string query = call.breaks_a_rule
                                  ? "SELECT id FROM intake_rejects WHERE query = 'tid=" + call.tid + "'"
                                  : "SELECT id FROM outbox WHERE tid = '" + call.tid + "'";
    SQLite::Statement rows(world_.database.connection(), query + " ORDER BY id");
    std::vector<std::int64_t> ids;
    while (rows.executeStep()) ids.push_back(rows.getColumn(0).getInt64());
    return ids;
  }

  /// The worker sends a click's rows in the order of their ids.
  void check_order_of(const std::string& click) {
    std::vector<std::string> sent;
    for (const simulation::Arrival& arrival : world_.receiver.taken_in()) {
      if (arrival.param("subid") == click) sent.push_back(arrival.param("tid"));
    }
    std::vector<std::string> rows;
    SQLite::Statement query(world_.database.connection(),
                            "SELECT tid FROM outbox WHERE subid = ? ORDER BY id");
    query.bind(1, click);
    while (query.executeStep()) rows.push_back(query.getColumn(0).getString());
    EXPECT_EQ(sent, rows) << click;
  }

  std::mt19937 random_;
  simulation::World world_;
  std::int64_t spool_size_ = 0;
  std::array<DoorPtr, 2> doors_;
  std::deque<Call> calls_;
  int now_ = 0;
  bool locked_ = false;
  int crashes_ = 0;
  int spooled_ = 0;
};

TEST(TwoDoorsAndAWorker, KeepWhatWasAnsweredOnceAndInOrderWhateverGoesWrong) {
  int answered = 0;
  int crashes = 0;
  int spooled = 0;
  for (unsigned seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    TwoDoors doors(seed);
    doors.run();
    if (HasFatalFailure()) return;
    doors.check();
    answered += doors.answered();
    crashes += doors.crashes();
    spooled += doors.spooled();
    if (HasFailure()) return;
  }
  // That it was worth the while.
  EXPECT_GT(answered, 60 * 50);
  EXPECT_GT(crashes, 60);
  EXPECT_GT(spooled, 60);
}

}  // namespace
}  // namespace keitaro_outbox::intake
