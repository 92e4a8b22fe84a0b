// What the page for people asks the store: pages of long lists, and the rows that share a reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "postgresql/admin/row_admin.hpp"
#include "postgresql/base/connection.hpp"
#include "postgresql/read/row_reader.hpp"
#include "postgresql/temp_schema.hpp"

namespace keitaro_outbox::postgresql_tests {
namespace {

using core::State;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr core::Millis kLong = std::chrono::minutes{1};

class PageReading : public testing::Test {
 protected:
  std::vector<std::int64_t> ids(const ports::PageFilter& filter,
                                std::optional<std::int64_t> below = std::nullopt, std::size_t limit = 100,
                                core::Millis time = kLong) {
    const auto from = below ? std::optional(core::OutboxId{*below}) : std::nullopt;
    page_ = postgresql::RowReader(schema_.address()).page(filter, from, limit, time);
    std::vector<std::int64_t> out;
    for (const ports::RowRecord& row : page_.rows) out.push_back(row.id.value);
    return out;
  }
  std::optional<std::int64_t> goes_on_below() const {
    return page_.below ? std::optional(page_.below->value) : std::nullopt;
  }
  void run(const std::string& statements) { people_.run(statements); }

  TempSchema schema_;
  postgresql::Connection people_{schema_.address()};
  ports::RowPage page_;
};

TEST_F(PageReading, GoesFromPageToPageTheNewestFirst) {
  run("INSERT INTO outbox (id, subid, status) OVERRIDING SYSTEM VALUE VALUES (1, 'a', 'lead'), (2, 'b', "
      "'lead'), (900000, 'c', "
      "'lead')");
  EXPECT_THAT(ids({}, std::nullopt, 2), ElementsAre(900000, 2));
  ASSERT_EQ(goes_on_below(), 2);
  EXPECT_THAT(ids({}, 2, 2), ElementsAre(1));
  EXPECT_EQ(goes_on_below(), std::nullopt);
  EXPECT_THAT(ids({}, 1), IsEmpty());
}

TEST_F(PageReading, FindsByEachFieldInEachState) {
  run("INSERT INTO outbox (id, tracker, campaign, subid, status, tid, state, reason) OVERRIDING SYSTEM VALUE "
      "VALUES "
      "(1, 'one', 'C', 'a', 'lead', 't1', 'pending', NULL), (2, 'two', 'C', 'a', 'sale', 't2', 'dead', 'HTTP "
      "503; attempt 3'),"
      "(3, 'one', NULL, 'b', 'sale', 't1', 'dead', 'HTTP 422'), (4, 'one', NULL, 'c', 'sale', NULL, "
      "'delivered', NULL)");
  EXPECT_THAT(ids({.tracker = "one"}), ElementsAre(4, 3, 1));
  EXPECT_THAT(ids({.campaign = "C"}), ElementsAre(2, 1));
  EXPECT_THAT(ids({.subid = "a"}), ElementsAre(2, 1));
  EXPECT_THAT(ids({.tid = "t1"}), ElementsAre(3, 1));
  EXPECT_THAT(ids({.subid_or_tid = "a"}), ElementsAre(2, 1));
  EXPECT_THAT(ids({.subid_or_tid = "t1"}), ElementsAre(3, 1));
  EXPECT_THAT(ids({.status = "sale"}), ElementsAre(4, 3, 2));
  EXPECT_THAT(ids({.state = State::dead}), ElementsAre(3, 2));
  EXPECT_THAT(ids({.state = State::dead, .reason = "http 4"}), ElementsAre(3));
  EXPECT_THAT(ids({.state = State::dead, .reason_kind = "HTTP 503"}), ElementsAre(2));
  EXPECT_THAT(ids({.state = State::pending}), ElementsAre(1));
  EXPECT_THAT(ids({.state = State::delivered}), ElementsAre(4));
  EXPECT_THAT(ids({.state = State::refused}), IsEmpty());
}

TEST_F(PageReading, ALargeBacklogIsWalkedInstead) {
  run("INSERT INTO outbox (subid, status) SELECT 'c' || i, 'lead' FROM generate_series(1, 25000) AS i");
  EXPECT_THAT(ids({.state = State::pending}, std::nullopt, 2), ElementsAre(25000, 24999));
  EXPECT_THAT(ids({.state = State::pending, .subid = "c7"}), ElementsAre(7));
}

TEST_F(PageReading, WithoutTimeItSaysWhereItStopped) {
  run("INSERT INTO outbox (subid, status) SELECT 'c' || i, 'lead' FROM generate_series(1, 5000) AS i");
  EXPECT_THAT(ids({.subid = "c7"}, std::nullopt, 10, core::Millis{0}), IsEmpty());
  EXPECT_EQ(goes_on_below(), 4001);
  EXPECT_THAT(ids({.subid = "c7"}, 4001), ElementsAre(7));
}

TEST_F(PageReading, ReadsWhatHappenedLast) {
  run("INSERT INTO outbox (id, subid, status, state, finished_at) OVERRIDING SYSTEM VALUE VALUES (1, 'a', "
      "'lead', 'delivered', to_timestamp(0.1)), "
      "(2, 'b', 'lead', 'pending', NULL),"
      "(3, 'c', 'lead', 'dead', to_timestamp(0.3)); INSERT INTO delivery_attempts (outbox_id, attempt, "
      "started_at, "
      "latency_ms, error) VALUES (3, 1, to_timestamp(0.25), 5, 'x')");
  postgresql::RowReader reader(schema_.address());
  const ports::RecentPast past = reader.recent_past(10);
  ASSERT_EQ(past.finished.size(), 2U);
  EXPECT_EQ(past.finished.front().finished_at, core::wall_time(300));
  EXPECT_THAT(past.failed_attempts, ElementsAre(core::wall_time(250)));
  EXPECT_TRUE(past.whole);
  EXPECT_FALSE(reader.recent_past(2).whole);
}

TEST_F(PageReading, IndexesFindWhatWasTakenInAndWhatWaits) {
  run("INSERT INTO outbox (id, subid, status, state, due_at) OVERRIDING SYSTEM VALUE VALUES (1, 'a', 'lead', "
      "'delivered', '-infinity'), (2, "
      "'a', 'sale', 'pending', '2100-01-01'), (3, 'b', 'lead', 'pending', '2100-01-01');"
      "INSERT INTO conversions (tracker, subid, status, sent_status, outbox_id, taken_in_at) VALUES "
      "('default', 'a', 'lead', 'lead', 1, now())");
  const auto rows = postgresql::RowReader(schema_.address()).rows_of_click_by_index("a");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].id.value, 1);
  EXPECT_EQ(rows[1].id.value, 2);
}

class Groups : public testing::Test {
 protected:
  Groups() {
    people_.run(std::string(
        "INSERT INTO outbox (id, tracker, subid, status, state, reason, attempts, due_at) OVERRIDING SYSTEM "
        "VALUE VALUES "
        "(1, 'one', 'a', 'lead', 'dead', 'HTTP 503; given up after attempt 20 of 20', 20, '-infinity'),"
        "(2, 'one', 'b', 'lead', 'dead', 'HTTP 503; given up after attempt 7 of 20', 7, '-infinity'),"
        "(3, 'one', 'c', 'lead', 'dead', 'HTTP 422', 3, '-infinity'), (4, 'two', 'd', 'lead', 'dead', 'HTTP "
        "503', 3, "
        "'-infinity'),"
        "(5, 'one', 'e', 'lead', 'refused', 'the status \"x\" is unknown', 0, '-infinity'), (6, 'one', 'f', "
        "'lead', "
        "'delivered', 'HTTP 503', 1, '-infinity'),"
        "(7, 'one', 'g', 'lead', 'pending', 'HTTP 503; attempt 1 of 20, next try in 9s', 1, '2100-01-01'),"
        "(8, 'one', 'h', 'lead', 'pending', NULL, 0, '2100-01-01')"));
  }
  std::string states() {
    return people_.run(std::string("SELECT string_agg(left(state, 2), ' ' ORDER BY id) FROM outbox"))
        .text(0, 0);
  }
  TempSchema schema_;
  postgresql::Connection people_{schema_.address()};
  const ports::ReasonGroupFilter of_503_{.state = State::dead, .tracker = "one", .kind = "HTTP 503"};
};

TEST_F(Groups, AreCountedWithoutAChange) {
  postgresql::RowAdmin admin(schema_.address());
  const std::string before = states();
  EXPECT_EQ(admin.count_group(of_503_, 100, kLong).rows, 2);
  EXPECT_TRUE(admin.count_group(of_503_, 100, kLong).whole);
  EXPECT_EQ(admin.count_group(of_503_, 1, kLong).rows, 1);
  EXPECT_FALSE(admin.count_group(of_503_, 1, kLong).whole);
  EXPECT_EQ(
      admin.count_group({.state = State::pending, .tracker = "one", .kind = "HTTP 503"}, 100, kLong).rows, 1);
  EXPECT_EQ(
      admin
          .count_group({.state = State::refused, .tracker = "one", .kind = "the status \"…\" is unknown"},
                       100, kLong)
          .rows,
      1);
  EXPECT_EQ(admin.count_group({.state = State::dead, .tracker = "none", .kind = "HTTP 503"}, 100, kLong).rows,
            0);
  EXPECT_EQ(states(), before);
}

TEST_F(Groups, AreSentAgainAsAWholeAndNothingElse) {
  EXPECT_EQ(postgresql::RowAdmin(schema_.address()).retry_group(of_503_, std::nullopt).rows, 2);
  EXPECT_EQ(states(), "pe pe de de re de pe pe");
}

TEST_F(Groups, AreSentAgainAtAPace) {
  const ports::Pace pace{core::wall_time(5'000'000), 2};
  EXPECT_EQ(postgresql::RowAdmin(schema_.address()).retry_group(of_503_, pace).rows, 2);
  const auto times = people_.run(
      std::string("SELECT extract(epoch FROM due_at) * 1000 FROM outbox WHERE id IN (1, 2) ORDER BY id"));
  EXPECT_EQ(times.integer(0, 0), 5'000'000);
  EXPECT_EQ(times.integer(1, 0), 5'000'500);
}

TEST_F(Groups, OfWaitingRowsAreCancelled) {
  EXPECT_EQ(postgresql::RowAdmin(schema_.address())
                .cancel_group({.state = State::pending, .tracker = "one", .kind = "HTTP 503"})
                .rows,
            1);
  EXPECT_EQ(states(), "de de de de re de ca pe");
}

}  // namespace
}  // namespace keitaro_outbox::postgresql_tests
