// The power goes at every sync, and between any two writes; what was not synced is lost, torn, or there in
// part. What was committed must be there, and the work must come to the same end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "faults/disk_log.hpp"
#include "faults/fault_effort.hpp"
#include "faults/host.hpp"
#include "faults/orders.hpp"
#include "sqlite/base/connection.hpp"
#include "sqlite/schema/migrator.hpp"
#include "temp_folder.hpp"

namespace keitaro_outbox::faults {
namespace {

using simulation::Arrival;
using simulation::SimRandom;
using simulation::SimReceiver;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int kRounds = 2;
constexpr std::size_t kComplaintsShown = 5;

/// Something that must be found from a place in the log on: what a query gives.
struct Fact {
  std::size_t from;
  std::string query;
  std::string wanted;
};

struct TakenIn {
  std::size_t at;
  std::string subid;
  std::string said;
};

/// A business day: all that went to the disk, and what was promised when.
struct Day {
  std::vector<DiskChange> changes;
  std::vector<Fact> facts;
  std::vector<TakenIn> taken_in;
  std::vector<std::string> end;  ///< Rows and conversions, when all was done.
};

/// What the worker tells is committed.
class Promises final : public ports::Observer {
 public:
  Promises(const DiskLog& log, std::vector<Fact>& facts) : log_(log), facts_(facts) {}

  void on_delivered(const ports::RowEvent& row) override {
    is(row, "delivered");
    add("SELECT count(*) > 0 FROM conversions WHERE subid = '" + std::string(row.subid) +
            "' AND outbox_id >= " + std::to_string(row.id.value),
        "1");
  }
  void on_duplicate(const ports::RowEvent& row) override { is(row, "duplicate"); }
  void on_refused(const ports::RowEvent& row) override { is(row, "refused"); }
  void on_dead(const ports::RowEvent& row) override { is(row, "dead"); }
  void on_retry(const ports::RowEvent& row, core::WallTime) override {
    add("SELECT attempts >= " + std::to_string(row.attempts) +
            " FROM outbox WHERE id = " + std::to_string(row.id.value),
        "1");
  }

 private:
  void is(const ports::RowEvent& row, const char* state) {
    add("SELECT state FROM outbox WHERE id = " + std::to_string(row.id.value), state);
  }
  void add(const std::string& query, const std::string& wanted) {
    facts_.push_back({log_.length(), query, wanted});
  }
  const DiskLog& log_;
  std::vector<Fact>& facts_;
};

std::vector<std::string> end_of(Shop& shop) {
  auto lines = shop.lines("SELECT event_id, state, sent_as FROM outbox ORDER BY id");
  const auto ledger =
      shop.lines("SELECT subid, tid, status, payout, rebilled_by > 0 FROM conversions ORDER BY subid, tid");
  lines.insert(lines.end(), ledger.begin(), ledger.end());
  return lines;
}

std::string said_in(const Arrival& arrival) {
  return arrival.param("status") + ' ' + arrival.param("tid") + ' ' + arrival.param("payout");
}

void init(const std::string& database) {
  sqlite::Connection connection(database, {.create = true});
  sqlite::migrate(connection.handle());
}

/// `synchronous` is the application's.
Day record_day(const std::string& synchronous = "FULL") {
  const TempFolder folder(TempFolder::In::memory);
  const std::string database = folder.file("app.db");
  Day day;
  DiskLog log(folder.path());
  listen_to_sqlite(&log);
  {
    Shop shop(database, synchronous);
    shop.open_for_business();
    init(database);
    day.facts.push_back({log.length(), "SELECT count(*) FROM outbox_migrations",
                         std::to_string(sqlite::sql::all_migrations.size())});

    SimReceiver receiver;
    receiver.behave("default", tracker_of_business(true));
    Promises promises(log, day.facts);
    Host host(database, promises, receiver);
    const auto events = business(kRounds);
    std::size_t sold = 0;
    int turns = 0;
    while (sold < events.size()) {
      const bool done = host.run_until_drained([&] {
        while (day.taken_in.size() < receiver.taken_in().size()) {
          const Arrival& arrival = receiver.taken_in()[day.taken_in.size()];
          day.taken_in.push_back({log.length(), arrival.param("subid"), said_in(arrival)});
        }
        if (sold < events.size() && ++turns % 3 == 0) {
          shop.sell(events[sold]);
          day.facts.push_back({log.length(),
                               "SELECT count(*) FROM outbox JOIN orders USING (event_id) WHERE event_id = '" +
                                   events[sold].event_id + "' AND status = '" + events[sold].status + "'",
                               "1"});
          ++sold;
        }
        if (turns % 17 == 0) host.checkpoint(turns % 2 == 0);
      });
      if (!done) throw std::runtime_error("the day does not end");
    }
    day.end = end_of(shop);
  }
  listen_to_sqlite(nullptr);
  day.changes = log.changes();
  return day;
}

/// One place where the power goes.
class Reboot {
 public:
  Reboot(const Day& day, std::size_t at, const Disk::Files& files) : day_(day), at_(at) {
    for (const auto& [name, bytes] : files) std::ofstream(folder_.file(name), std::ios::binary) << bytes;
  }

  /// What is wrong, in a line for each thing.
  std::vector<std::string> complaints() {
    try {
      {
        Shop shop(database(), "OFF");
        expect(shop, "PRAGMA integrity_check", "ok");
        for (const Fact& fact : day_.facts) {
          if (fact.from <= at_) expect(shop, fact.query, fact.wanted);
        }
      }
      if (complaints_.empty()) finish_the_day();
    } catch (const std::exception& error) {
      complaints_.emplace_back(error.what());
    }
    return complaints_;
  }

 private:
  std::string database() const { return folder_.file("app.db"); }

  void expect(Shop& shop, const std::string& query, const std::string& wanted) {
    std::string found;
    try {
      found = shop.text(query);
    } catch (const std::exception& error) {
      found = error.what();
    }
    if (found != wanted) complaints_.push_back(query + " gives " + found + ", not " + wanted);
  }

  void expect_order(Shop& shop) {
    expect(
        shop,
        "SELECT count(*) FROM outbox FULL JOIN orders USING (event_id) WHERE status IS NULL OR note IS NULL",
        "0");
    expect(shop,
           "SELECT count(*) FROM outbox a JOIN outbox b USING (tracker, subid)"
           " WHERE a.id < b.id AND a.state = 'pending' AND b.state <> 'pending'",
           "0");
    expect(shop,
           "SELECT count(*) FROM outbox a WHERE state = 'pending' AND waits_for IS NOT NULL AND NOT EXISTS"
           " (SELECT 1 FROM outbox b WHERE b.subid = a.subid AND b.id < a.id AND b.state = 'pending')",
           "0");
    expect(shop, "SELECT count(*) FROM outbox WHERE (state = 'pending') <> (finished_at IS NULL)", "0");
  }

  /// The application repeats what it had no answer to, and the worker does the rest.
  void finish_the_day() {
    Shop shop(database(), "OFF");
    shop.open_for_business();
    init(database());
    expect_order(shop);
    for (const Conversion& event : business(kRounds)) shop.sell(event);
    SimReceiver receiver;
    receiver.behave("default", tracker_of_business(false));
    ports::Observer silent;
    Host host(database(), silent, receiver);
    if (!host.run_until_drained()) complaints_.emplace_back("the worker does not finish");
    const auto end = end_of(shop);
    const auto [found, wanted] = std::ranges::mismatch(end, day_.end);
    if (found != end.end() || wanted != day_.end.end())
      complaints_.push_back("the rows end with " + (found == end.end() ? "nothing" : *found) +
                            " in place of " + (wanted == day_.end.end() ? "nothing" : *wanted));
    expect_same_stories(receiver);
  }

  /// Each click as its tracker saw it, over both lives; a repeat in place changes nothing.
  void expect_same_stories(const SimReceiver& receiver) {
    std::map<std::string, std::vector<std::string>> before_and_after;
    std::map<std::string, std::vector<std::string>> as_it_should_be;
    const auto tell = [](std::vector<std::string>& story, const std::string& said) {
      if (story.empty() || story.back() != said) story.push_back(said);
    };
    for (const TakenIn& taken : day_.taken_in) {
      tell(as_it_should_be[taken.subid], taken.said);
      if (taken.at <= at_) tell(before_and_after[taken.subid], taken.said);
    }
    for (const Arrival& arrival : receiver.taken_in())
      tell(before_and_after[arrival.param("subid")], said_in(arrival));
    if (before_and_after != as_it_should_be)
      complaints_.emplace_back("a click's postbacks came in another order");
  }

  const Day& day_;
  const std::size_t at_;
  const TempFolder folder_{TempFolder::In::memory};
  std::vector<std::string> complaints_;
};

struct Sweep {
  int cuts = 0;
  int syncs = 0;
  std::vector<std::string> complaints;
};

class PowerCuts {
 public:
  PowerCuts(const Day& day, bool disk_lies, int step) : day_(day), disk_(disk_lies), step_(step) {}

  /// Ends early once there is enough to tell.
  Sweep try_all() {
    for (std::size_t i = 0; i < day_.changes.size() && sweep_.complaints.size() < kComplaintsShown; ++i) {
      const DiskChange& change = day_.changes[i];
      const bool sync = change.kind == DiskChange::Kind::sync || change.syncs_folder;
      const bool chosen = static_cast<int>(i) % step_ == 0;
      // Just before each sync and just after it, whatever the step.
      if (sync) cut(i, Leaves::some_sectors);
      disk_.apply(change);
      if (sync) ++sweep_.syncs;
      if (sync || chosen) cut(i + 1, Leaves::nothing);
      if (!chosen) continue;
      cut(i + 1, chosen_++ % 3 == 0 ? Leaves::some_sectors : Leaves::torn_last);
      if (chosen_ % 10 == 0) cut(i + 1, Leaves::everything);
    }
    return sweep_;
  }

 private:
  void cut(std::size_t at, Leaves leaves) {
    SimRandom chance(at * 4 + static_cast<std::size_t>(leaves));
    const Disk::Files files = disk_.after_power_cut(leaves, chance);
    if (!is_new(at, files)) return;
    ++sweep_.cuts;
    for (const std::string& complaint : Reboot(day_, at, files).complaints()) {
      sweep_.complaints.push_back("power cut after change " + std::to_string(at) + ", leaving " +
                                  std::to_string(static_cast<int>(leaves)) + ": " + complaint);
    }
  }

  /// The same bytes with the same promises need no second look.
  bool is_new(std::size_t at, const Disk::Files& files) {
    std::size_t key = 0;
    const auto add = [&](std::size_t value) { key = key * 1'000'003 + value; };
    for (const auto& [name, bytes] : files) {
      add(std::hash<std::string>{}(name));
      add(std::hash<std::string>{}(bytes));
    }
    for (const Fact& fact : day_.facts) add(fact.from <= at ? 1 : 0);
    for (const TakenIn& taken : day_.taken_in) add(taken.at <= at ? 1 : 0);
    return seen_.insert(key).second;
  }

  const Day& day_;
  Disk disk_;
  const int step_;
  int chosen_ = 0;
  std::set<std::size_t> seen_;
  Sweep sweep_;
};

TEST(PowerLoss, LosesNothingThatWasCommittedAndTheWorkComesToTheSameEnd) {
  const Day day = record_day();
  const Sweep sweep = PowerCuts(day, false, step_of(2)).try_all();
  EXPECT_THAT(sweep.complaints, IsEmpty());
  EXPECT_GT(sweep.syncs, 50);
  std::cout << sweep.cuts << " power cuts at " << day.changes.size() << " changes with " << sweep.syncs
            << " syncs\n";
}

/// Frames behind a header that is not on the disk yet can be taken for those of the log before it.
TEST(PowerLoss, FindsTheHeaderOfALogThatWasBegunAnewOnTheDiskBeforeAnyPage) {
  const Day day = record_day();
  int headers = 0;
  bool unsynced_header = false;
  for (const DiskChange& change : day.changes) {
    if (change.file != "app.db-wal") continue;
    const bool header = change.kind == DiskChange::Kind::write && change.offset == 0;
    EXPECT_TRUE(!unsynced_header || change.kind == DiskChange::Kind::sync);
    unsynced_header = header;
    headers += header ? 1 : 0;
  }
  EXPECT_GT(headers, 2);
}

TEST(PowerLoss, IsFoundToLoseRowsWhereTheApplicationDoesNotWaitForTheDisk) {
  const Day day = record_day("OFF");
  EXPECT_THAT(PowerCuts(day, false, 1000).try_all().complaints, Not(IsEmpty()));
}

TEST(PowerLoss, IsFoundToLoseRowsWhereTheDiskLiesAboutSyncs) {
  const Day day = record_day();
  EXPECT_THAT(PowerCuts(day, true, 1000).try_all().complaints, Not(IsEmpty()));
}

}  // namespace
}  // namespace keitaro_outbox::faults
