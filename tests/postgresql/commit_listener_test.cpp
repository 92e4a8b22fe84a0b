#include "postgresql/worker/commit_listener.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "postgresql/base/connection.hpp"
#include "postgresql/store/poll_pace.hpp"
#include "postgresql/temp_schema.hpp"
#include "postgresql/worker/poll_signal.hpp"

namespace keitaro_outbox::postgresql_tests {
namespace {

using namespace std::chrono_literals;
using postgresql::CommitListener;
using postgresql::Connection;
using postgresql::PollPace;
using postgresql::PollSignal;

class Listening : public testing::Test {
 protected:
  void make_trigger() {
    people_.run(
        "CREATE FUNCTION outbox_notify() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM "
        "pg_notify('outbox_' || TG_RELID, ''); RETURN NULL; END $$;"
        "CREATE TRIGGER outbox_notify AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION "
        "outbox_notify()");
  }
  CommitListener::Options options() {
    return {.on_commit = [this] { ++commits_; },
            .on_change =
                [this](const std::string& why_not) {
                  const std::lock_guard guard(mutex_);
                  told_.push_back(why_not);
                },
            .try_again = 20ms};
  }
  std::vector<std::string> told() {
    const std::lock_guard guard(mutex_);
    return told_;
  }
  void await(const std::function<bool()>& condition) {
    while (!condition()) std::this_thread::sleep_for(1ms);
  }
  void insert() { people_.run("INSERT INTO outbox (subid, status) VALUES ('click', 'lead')"); }

  TempSchema schema_;
  Connection people_{schema_.address()};
  std::atomic<int> commits_{0};
  std::mutex mutex_;  ///< Guards what stands below.
  std::vector<std::string> told_;
};

TEST_F(Listening, TellsOfCommitsAndConnectsAgainAfterALoss) {
  make_trigger();
  CommitListener listener(schema_.address(), options());
  await([&] { return told() == std::vector<std::string>{""}; });
  await([&] { return commits_ >= 1; });
  const int before = commits_;
  insert();
  await([&] { return commits_ > before; });

  people_.run(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN outbox_' || "
      "'outbox'::regclass::oid");
  const int lost = commits_;
  await([&] { return commits_ > lost; });  // As it listens again: there may have been some meanwhile.
  const int again = commits_;
  insert();
  await([&] { return commits_ > again; });
  EXPECT_EQ(told(), std::vector<std::string>{""}) << "the worker tells of lost connections";
}

TEST_F(Listening, WithoutTheTriggerItSaysSoOnceAndListensWhenItIsThere) {
  CommitListener listener(schema_.address(), options());
  await([&] { return !told().empty(); });
  EXPECT_NE(told().front().find("schema/outbox.postgresql-notify.sql"), std::string::npos);
  make_trigger();
  await([&] { return told().back().empty(); });
  EXPECT_EQ(told().size(), 2U);
  EXPECT_GE(commits_, 1);
}

TEST(PollPace, ALookThatTookLongIsNotRepeatedSoon) {
  const core::SteadyTime now{1h};
  PollPace pace;
  pace.news(now);
  pace.looked(now);
  pace.took(now, 1ms);
  EXPECT_EQ(pace.next(), now + PollPace::kShortest);
  pace.took(now, 100ms);
  EXPECT_EQ(pace.next(), now + 300ms);
  pace.hinted(now + 10ms);
  EXPECT_EQ(pace.next(), now + 300ms);
  pace.took(now, 10s);
  EXPECT_EQ(pace.next(), now + PollPace::kLongest);
}

TEST(PollPace, AHintIsFollowedAtOnceUnlessThereIsABacklog) {
  const core::SteadyTime start{1h};
  PollPace pace;
  pace.looked(start);
  EXPECT_FALSE(pace.due(start + 20ms));
  pace.hinted(start + 20ms);
  EXPECT_TRUE(pace.due(start + 20ms));

  pace.looked(start + 20ms);
  pace.hinted(start + 21ms);
  EXPECT_FALSE(pace.due(start + 21ms)) << "many commits are one look";
  EXPECT_TRUE(pace.due(start + 25ms));

  pace.set_backlog(true);
  pace.looked(start + 25ms);
  pace.hinted(start + 40ms);
  EXPECT_FALSE(pace.due(start + 40ms)) << "what is new among a backlog has its turn later";
}

TEST(PollSignal, WakesAtItsTimeAndWhenItIsRung) {
  PollSignal signal;
  const auto readable = [&](int within_ms) {
    pollfd polled{signal.fd(), POLLIN, 0};
    return ::poll(&polled, 1, within_ms) == 1;
  };
  EXPECT_FALSE(readable(0));
  signal.set(std::chrono::steady_clock::now());
  EXPECT_TRUE(readable(60'000));
  signal.drain();
  EXPECT_FALSE(readable(0));

  signal.ring();
  EXPECT_TRUE(readable(60'000));
  signal.drain();
  EXPECT_FALSE(readable(0));
  EXPECT_TRUE(signal.take_ring());
  EXPECT_FALSE(signal.take_ring());
}

}  // namespace
}  // namespace keitaro_outbox::postgresql_tests
