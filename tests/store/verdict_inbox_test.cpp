#include "sqlite/readback/verdict_inbox.hpp"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <thread>
#include <vector>

#include "sqlite/readback/sqlite_read_back_store.hpp"
#include "sqlite/store/sqlite_store.hpp"
#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using namespace std::chrono_literals;
using core::Verdict;

constexpr core::Millis kForEver = 1h;

std::vector<ports::ConcludedConversion> recorded(int count) {
  std::vector<ports::ConcludedConversion> out;
  for (int i = 1; i <= count; ++i) {
    core::SentConversion sent;
    sent.subid = "click" + std::to_string(i);
    sent.outbox_id = {i};
    sent.taken_in_at = core::wall_time(100);
    out.push_back({sent, {Verdict::recorded, "", std::nullopt}});
  }
  return out;
}

/// Takes from it as soon as something is there.
sqlite::VerdictInbox::Part await_part(sqlite::VerdictInbox& inbox, std::size_t limit) {
  for (;;) {
    if (const auto part = inbox.take(limit)) return *part;
    std::this_thread::yield();
  }
}

TEST(VerdictInbox, GivesNothingWhereNothingWaits) {
  sqlite::VerdictInbox inbox;
  EXPECT_FALSE(inbox.take(10));
  inbox.give_back();
}

TEST(VerdictInbox, LeavesAllToTheCallerWhereDeliveryTakesNone) {
  sqlite::VerdictInbox inbox;
  const auto taken = inbox.offer("default", recorded(3), core::wall_time(500), 1ms);
  EXPECT_EQ(taken.written, 0U);
  EXPECT_FALSE(inbox.take(10));
}

TEST(VerdictInbox, HandsThemOverInOrderAndInParts) {
  sqlite::VerdictInbox inbox;
  const auto all = recorded(5);
  auto taken = std::async(std::launch::async,
                          [&] { return inbox.offer("default", all, core::wall_time(500), kForEver); });
  auto part = await_part(inbox, 2);
  EXPECT_EQ(part.tracker, "default");
  EXPECT_EQ(part.now, core::wall_time(500));
  ASSERT_EQ(part.concluded.size(), 2U);
  EXPECT_EQ(part.concluded[0].sent.subid, "click1");
  inbox.written(2);
  part = await_part(inbox, 2);
  EXPECT_EQ(part.concluded[0].sent.subid, "click3");
  inbox.give_back();  // The transaction failed.
  part = await_part(inbox, 10);
  ASSERT_EQ(part.concluded.size(), 3U);
  EXPECT_EQ(part.concluded[0].sent.subid, "click3");
  inbox.written(1);
  const auto result = taken.get();
  EXPECT_EQ(result.written, 5U);
  EXPECT_EQ(result.changed, 3);
  EXPECT_FALSE(inbox.take(10));
}

TEST(VerdictInbox, KeepsTheCallerAsLongAsSomeAreInHand) {
  sqlite::VerdictInbox inbox;
  const auto all = recorded(3);
  auto taken =
      std::async(std::launch::async, [&] { return inbox.offer("default", all, core::wall_time(500), 50ms); });
  await_part(inbox, 2);
  EXPECT_EQ(taken.wait_for(200ms), std::future_status::timeout);
  inbox.written(2);
  EXPECT_EQ(taken.get().written, 2U);  // Nobody takes the third one.
}

class VerdictsOfDeliveryTest : public testing::Test {
 protected:
  VerdictsOfDeliveryTest() {
    for (int i = 1; i <= kConversions; ++i) {
      database_.sql().run(
          "INSERT INTO conversions (tracker, subid, tid, status, sent_status, outbox_id, taken_in_at, "
          "check_at) "
          "VALUES ('default', 'click" +
          std::to_string(i) + "', '', 'sale', 'sale', " + std::to_string(i) + ", 100, 200)");
    }
    delivery_.write_verdicts_from(&inbox_);
  }
  std::future<std::int64_t> write() {
    return std::async(std::launch::async, [this] {
      return read_back_.write("default", recorded(kConversions), core::wall_time(500));
    });
  }
  std::string count(const std::string& verdict) {
    return database_.sql().text("SELECT count(*) FROM conversions WHERE verdict = '" + verdict + "'");
  }
  /// As the delivery cycle does it, again and again.
  void deliver_until(std::future<std::int64_t>& written) {
    while (written.wait_for(0s) != std::future_status::ready) {
      delivery_.begin_write();
      delivery_.record({}, {});
      delivery_.commit();
    }
  }

  static constexpr int kConversions = 100;
  TempDatabase database_;
  sqlite::VerdictInbox inbox_;
  sqlite::SqliteStore delivery_{database_.path()};
  sqlite::SqliteReadBackStore read_back_{database_.path(), 5s, &inbox_};
};

TEST_F(VerdictsOfDeliveryTest, AreWrittenWithItsGroupsSoThatItSeesNoCommitOfOthers) {
  delivery_.foreign_commits();
  auto written = write();
  deliver_until(written);
  EXPECT_EQ(written.get(), kConversions);
  EXPECT_EQ(count("recorded"), std::to_string(kConversions));
  EXPECT_FALSE(delivery_.foreign_commits());
}

TEST_F(VerdictsOfDeliveryTest, AreWrittenWithoutItWhereItIsIdle) {
  delivery_.foreign_commits();
  EXPECT_EQ(write().get(), kConversions);
  EXPECT_EQ(count("recorded"), std::to_string(kConversions));
  EXPECT_TRUE(delivery_.foreign_commits());
}

TEST_F(VerdictsOfDeliveryTest, OutliveATransactionThatIsRolledBack) {
  auto written = write();
  for (int i = 0; i < 10; ++i) {
    delivery_.begin_write();
    delivery_.record({}, {});
    delivery_.rollback();
  }
  deliver_until(written);
  EXPECT_EQ(written.get(), kConversions);
  EXPECT_EQ(count("recorded"), std::to_string(kConversions));
}

TEST_F(VerdictsOfDeliveryTest, AreLeftAloneWhereTheApplicationHasTriggers) {
  database_.sql().run(
      "CREATE TRIGGER theirs BEFORE UPDATE ON conversions BEGIN SELECT RAISE(ABORT, 'no'); END");
  auto written = write();
  deliver_until(written);  // Without triggers, by the other connection.
  EXPECT_EQ(written.get(), kConversions);
  EXPECT_EQ(count("recorded"), std::to_string(kConversions));
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
