#include "http/server/connection_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace keitaro_outbox::http {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class ConnectionTableTest : public testing::Test {
 protected:
  static core::IpAddress peer(const std::string& text) { return *core::IpAddress::parse(text); }

  /// Admits and opens.
  bool open(int socket, const std::string& from = "203.0.113.1", bool trusted = false) {
    const auto admission = table_.admit(peer(from), trusted);
    evicted_ = admission.evicted;
    if (!admission.admitted) return false;
    table_.opened(socket, peer(from), now_);
    return true;
  }
  void serve(int socket) {
    table_.request_complete(socket);
    table_.answer_begun(socket, now_);
    table_.answer_done(socket, now_);
  }

  core::SteadyTime now_{1000s};
  std::map<int, std::uint64_t> bytes_;
  std::optional<int> evicted_;
  ConnectionTable table_{
      {.connections = 3, .connections_per_client = 2, .request = 5s, .answer = 10s, .idle = 75s},
      [this](int socket) { return bytes_[socket]; }};
};

TEST_F(ConnectionTableTest, ARequestHasOneDeadlineHoweverManyBytesCome) {
  open(1);
  for (int second = 0; second < 5; ++second) {
    bytes_[1] += 1;
    EXPECT_THAT(table_.overdue(now_), IsEmpty());
    now_ += 1s;
  }
  EXPECT_THAT(table_.overdue(now_), ElementsAre(1));
  EXPECT_THAT(table_.overdue(now_), IsEmpty()) << "each is named once";
}

TEST_F(ConnectionTableTest, WhatIsBeingHandledIsNeverOverdue) {
  open(1);
  table_.request_complete(1);
  now_ += 1h;
  EXPECT_THAT(table_.overdue(now_), IsEmpty());
}

TEST_F(ConnectionTableTest, AClientThatDoesNotReadItsAnswerIsOverdue) {
  open(1);
  table_.request_complete(1);
  table_.answer_begun(1, now_);
  now_ += 10s;
  EXPECT_THAT(table_.overdue(now_), ElementsAre(1));
}

TEST_F(ConnectionTableTest, AKeptConnectionMayRestAndItsNextRequestHasADeadlineOfItsOwn) {
  open(1);
  bytes_[1] = 100;
  serve(1);
  now_ += 74s;
  EXPECT_THAT(table_.overdue(now_), IsEmpty());
  bytes_[1] = 101;  // the first byte of the next request
  EXPECT_THAT(table_.overdue(now_), IsEmpty());
  now_ += 4s;
  bytes_[1] = 102;
  EXPECT_THAT(table_.overdue(now_), IsEmpty()) << "past the idle time, within the request's";
  now_ += 1s;
  EXPECT_THAT(table_.overdue(now_), ElementsAre(1));
}

TEST_F(ConnectionTableTest, AKeptConnectionThatRestsTooLongIsOverdue) {
  open(1);
  serve(1);
  now_ += 75s;
  EXPECT_THAT(table_.overdue(now_), ElementsAre(1));
}

TEST_F(ConnectionTableTest, AClientHasItsLimitAndAProxyNone) {
  EXPECT_TRUE(open(1, "203.0.113.1"));
  EXPECT_TRUE(open(2, "203.0.113.1"));
  EXPECT_FALSE(open(3, "203.0.113.1"));
  EXPECT_TRUE(open(3, "203.0.113.1", true));
  table_.closed(1);
  table_.closed(3);
  EXPECT_TRUE(open(4, "203.0.113.1"));
}

TEST_F(ConnectionTableTest, WhereAllAreTakenTheOneThatNeverAskedMakesRoomAndAmongTheseTheOldest) {
  open(1, "203.0.113.1");
  serve(1);
  now_ += 1s;
  open(2, "203.0.113.2");
  now_ += 1s;
  open(3, "203.0.113.3");
  now_ += 1s;
  EXPECT_TRUE(open(4, "203.0.113.4"));
  EXPECT_EQ(evicted_, 2);
  table_.closed(2);
  EXPECT_TRUE(open(5, "203.0.113.5"));
  EXPECT_EQ(evicted_, 3);
}

TEST_F(ConnectionTableTest, WhereAllAreAtWorkANewOneIsRefused) {
  for (int socket = 1; socket <= 3; ++socket) {
    open(socket, "203.0.113." + std::to_string(socket));
    table_.request_complete(socket);
  }
  EXPECT_FALSE(open(4, "203.0.113.4"));
  EXPECT_EQ(evicted_, std::nullopt);
}

TEST_F(ConnectionTableTest, ASocketThatIsUnknownIsNoTrouble) {
  table_.request_complete(9);
  table_.answer_begun(9, now_);
  table_.answer_done(9, now_);
  table_.head_begun(9, now_);
  table_.closed(9);
  EXPECT_TRUE(table_.empty());
}

}  // namespace
}  // namespace keitaro_outbox::http
