#include "postgresql/lease/server_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "ports/outbox_store.hpp"
#include "postgresql/temp_schema.hpp"

namespace keitaro_outbox::postgresql_tests {
namespace {

using postgresql::Connection;
using postgresql::ServerWatch;

/// A server that was promoted, or restored, is one that the database does not say the workers run on.
class ServerWatchTest : public testing::Test {
 protected:
  void look(ServerWatch& watch) { watch.look(connection_, connection_.run(ServerWatch::question()), {}, {}); }
  void say(const std::string& server) { connection_.run("UPDATE outbox_worker SET server = " + server); }
  std::string noted() { return connection_.run(std::string("SELECT server FROM outbox_worker")).text(0, 0); }
  std::string here() { return connection_.run(std::string("SELECT outbox_server()")).text(0, 0); }

  TempSchema schema_;
  Connection connection_{schema_.address()};
  ServerWatch watch_{"the database"};
};

TEST_F(ServerWatchTest, TheFirstWorkerNotesTheServerAndTheNextOnesAreContentWithIt) {
  for (int starts = 1; starts <= 2; ++starts) {
    ServerWatch next{"the database"};
    next.start(connection_);
    EXPECT_FALSE(next.in_doubt());
    EXPECT_EQ(noted(), here());
    EXPECT_EQ(connection_.run(std::string("SELECT starts FROM outbox_worker")).integer(0, 0), starts);
  }
}

TEST_F(ServerWatchTest, AWorkerThatStartsOnAnotherServerIsInDoubtUntilItIsAccepted) {
  say("'7/1/7'");
  watch_.start(connection_);
  EXPECT_TRUE(watch_.in_doubt());
  EXPECT_EQ(noted(), "7/1/7");
  EXPECT_THROW(watch_.require_no_doubt(), ports::StoreError);
  EXPECT_TRUE(watch_.accept(connection_));
  EXPECT_EQ(noted(), here());
  EXPECT_NO_THROW(watch_.require_no_doubt());
  EXPECT_FALSE(watch_.accept(connection_));
}

TEST_F(ServerWatchTest, OneThatRunsStopsWhereAnotherMissesSomethingAndGoesOnWhereOneAccepts) {
  watch_.start(connection_);
  say("'7/1/7'");
  look(watch_);
  EXPECT_TRUE(watch_.in_doubt());
  say("outbox_server()");
  look(watch_);
  EXPECT_FALSE(watch_.in_doubt());
}

TEST_F(ServerWatchTest, WhereTheServerIsNotToBeKnownNothingIsNoticed) {
  connection_.run(std::string(
      "CREATE OR REPLACE FUNCTION outbox_server() RETURNS text LANGUAGE sql AS 'SELECT NULL::text'"));
  say("'7/1/7'");
  watch_.start(connection_);
  look(watch_);
  EXPECT_FALSE(watch_.in_doubt());
  EXPECT_NO_THROW(watch_.require_seen(connection_));
}

TEST_F(ServerWatchTest, AnotherServerUnderARunningWorkerIsTakenWhereWhatItRecordedIsThere) {
  connection_.run(
      std::string("CREATE TABLE here (server text); INSERT INTO here VALUES ('7/1/7');"
                  "CREATE OR REPLACE FUNCTION outbox_server() RETURNS text LANGUAGE sql AS "
                  "'SELECT server FROM here';"
                  "INSERT INTO outbox (subid, status, state, attempts) VALUES "
                  "('a', 'lead', 'delivered', 1), ('b', 'lead', 'pending', 0)"));
  ServerWatch misses{"the database"};
  watch_.start(connection_);
  misses.start(connection_);
  watch_.recorded({.id = {1}, .attempts = 1});
  misses.recorded({.id = {2}, .attempts = 1});
  connection_.run(std::string("UPDATE here SET server = '7/2/7'"));
  EXPECT_THROW(watch_.require_seen(connection_), ports::StoreError);
  look(watch_);
  EXPECT_FALSE(watch_.in_doubt());
  EXPECT_EQ(watch_.changes(), 1);
  EXPECT_EQ(noted(), "7/2/7");
  look(misses);
  EXPECT_TRUE(misses.in_doubt());
  EXPECT_EQ(noted(), "7/1/7") << "the others are told";
  look(watch_);
  EXPECT_TRUE(watch_.in_doubt());
}

TEST_F(ServerWatchTest, AServerThatLacksTheStartOfAWorkerIsInDoubt) {
  connection_.run(
      std::string("CREATE TABLE here (server text); INSERT INTO here VALUES ('7/1/7');"
                  "CREATE OR REPLACE FUNCTION outbox_server() RETURNS text LANGUAGE sql AS "
                  "'SELECT server FROM here'"));
  watch_.start(connection_);
  connection_.run(std::string("UPDATE here SET server = '7/2/7'; UPDATE outbox_worker SET starts = 0"));
  look(watch_);
  EXPECT_TRUE(watch_.in_doubt());
}

}  // namespace
}  // namespace keitaro_outbox::postgresql_tests
