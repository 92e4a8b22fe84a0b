#include "postgresql/base/connection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "postgresql/temp_schema.hpp"

namespace keitaro_outbox::postgresql_tests {
namespace {

using namespace std::string_literals;
using postgresql::ArrayParameter;
using postgresql::Connection;
using postgresql::ConnectionLost;
using postgresql::Limits;
using postgresql::Parameters;
using postgresql::SqlError;
using postgresql::Statement;
using postgresql::Transaction;
using testing::HasSubstr;
using testing::Not;
using Kind = ports::StoreError::Kind;

TEST(PostgresqlConnection, AnAddressThatCannotBeReadIsToldOfWithoutItsPassword) {
  try {
    Connection("postgresql://ann:s3cret%@h/app");
    FAIL() << "libpq has read it";
  } catch (const ports::StoreError& error) {
    EXPECT_THAT(error.what(), Not(HasSubstr("s3cret")));
    EXPECT_THAT(error.what(), HasSubstr("postgresql://USER@HOST/NAME"));
  }
}

TEST(PostgresqlConnection, AServerThatIsNotThereIsALostConnection) {
  try {
    Connection("postgresql://ann:s3cret@/app?host=/nowhere/at/all");
    FAIL() << "connected";
  } catch (const ConnectionLost& error) {
    EXPECT_EQ(error.kind(), Kind::io);
    EXPECT_THAT(error.what(), HasSubstr("postgresql://ann@/app?host=/nowhere/at/all cannot be reached"));
    EXPECT_THAT(error.what(), Not(HasSubstr("s3cret")));
  }
}

TEST(PostgresqlConnection, TextsAndNullsAndArraysAreRead) {
  Connection connection(server_address());
  const std::string odd = "a\"b\\c{},NULL \n ж😀";
  const auto found =
      connection.run({"SELECT $1::text, $2::text, $3::bigint, e FROM unnest($4::text[]) WITH ORDINALITY AS "
                      "t(e, n) ORDER BY n",
                      Parameters()
                          .add(odd)
                          .add(std::optional<std::string>())
                          .add(-7)
                          .add(ArrayParameter().add(odd).add("").add_null().add("NULL"))});
  ASSERT_EQ(found.rows(), 4);
  EXPECT_EQ(found.text(0, 0), odd);
  EXPECT_TRUE(found.is_null(0, 1));
  EXPECT_EQ(found.integer(0, 2), -7);
  EXPECT_EQ(found.text(0, 3), odd);
  EXPECT_EQ(found.optional_text(1, 3), "");
  EXPECT_EQ(found.optional_text(2, 3), std::nullopt);
  EXPECT_EQ(found.optional_text(3, 3), "NULL");
  EXPECT_EQ(connection.run({"SELECT count(*) FROM unnest($1::text[])", Parameters().add(ArrayParameter())})
                .integer(0, 0),
            0);
}

TEST(PostgresqlConnection, WhatNoTextOfPostgresqlsHoldsIsReplaced) {
  EXPECT_EQ(postgresql::storable("a\0b\xff"s + "c"), "a\uFFFDb\uFFFDc");
  EXPECT_EQ(postgresql::storable_millis(core::wall_time(-5)), 0);
  EXPECT_EQ(postgresql::storable_millis(core::wall_time(9223372036854775807)), 253402300799999);
}

TEST(PostgresqlConnection, AStatementThatFailsSaysHowAndLeavesTheConnectionUsable) {
  const TempSchema schema;
  Connection connection(schema.address());
  try {
    connection.run(std::string("INSERT INTO outbox (tracker, subid, status) VALUES ('', 'click', 'sale')"));
    FAIL() << "taken";
  } catch (const SqlError& error) {
    EXPECT_TRUE(error.is_check_violation());
    EXPECT_TRUE(error.speaks_of_a_row());
    EXPECT_EQ(error.constraint(), "tracker_is_empty");
  }
  try {
    connection.run(std::string("SELECT * FROM nothing_of_this_name"));
    FAIL() << "found";
  } catch (const SqlError& error) {
    EXPECT_EQ(error.kind(), Kind::schema);
    EXPECT_FALSE(error.speaks_of_a_row());
  }
  EXPECT_EQ(connection.run(std::string("SELECT 7")).integer(0, 0), 7);
}

TEST(PostgresqlConnection, APipelineIsOneRoundTripAndStopsAtAFailure) {
  const TempSchema schema;
  Connection connection(schema.address());
  const std::int64_t before = connection.round_trips();
  std::vector<Statement> statements(300, {"INSERT INTO outbox (subid, status) VALUES ('click', 'sale')"});
  statements.push_back({"SELECT count(*) FROM outbox"});
  const auto results = connection.pipeline(statements);
  EXPECT_EQ(connection.round_trips() - before, 1);
  ASSERT_EQ(results.size(), 301U);
  EXPECT_EQ(results.back().integer(0, 0), 300);

  statements.insert(statements.begin() + 5, {"INSERT INTO outbox (subid, status) VALUES ('', 'sale')"});
  try {
    connection.pipeline(statements);
    FAIL() << "taken";
  } catch (const SqlError& error) {
    EXPECT_EQ(error.constraint(), "subid_must_have_1_to_255_characters");
  }
  EXPECT_EQ(connection.run(std::string("SELECT count(*) FROM outbox")).integer(0, 0), 300)
      << "all or nothing";
}

/// Statements that are run again, in one session, whatever fails meanwhile.
class PreparedStatementsTest : public testing::Test {
 protected:
  PreparedStatementsTest() : connection_(schema_.address()) { connection_.prepare_statements(); }

  std::int64_t add(std::string_view subid) {
    return connection_
        .pipeline({{"INSERT INTO outbox (subid, status) VALUES ($1, 'sale')", Parameters().add(subid)},
                   {"SELECT count(*) FROM outbox"}})
        .at(1)
        .integer(0, 0);
  }
  std::int64_t prepared() {
    return connection_.run(std::string("SELECT count(*) FROM pg_prepared_statements")).integer(0, 0);
  }

  const TempSchema schema_;
  Connection connection_;
};

TEST_F(PreparedStatementsTest, ATextThatComesASecondTimeIsPrepared) {
  EXPECT_EQ(add("click"), 1);
  EXPECT_EQ(prepared(), 0);
  EXPECT_EQ(add("click"), 2);
  EXPECT_EQ(prepared(), 2);
  EXPECT_EQ(add("other click"), 3);
  EXPECT_EQ(prepared(), 2);
}

TEST_F(PreparedStatementsTest, OfOnePipelineTooAndOnlyOnce) {
  const Statement row{"INSERT INTO outbox (subid, status) VALUES ('click', 'sale')"};
  const auto results = connection_.pipeline({row, row, row, {"SELECT count(*) FROM outbox"}});
  ASSERT_EQ(results.size(), 4U);
  EXPECT_EQ(results.back().integer(0, 0), 3);
}

TEST_F(PreparedStatementsTest, WhatStoodBehindAFailureIsPreparedTheNextTime) {
  add("click");
  EXPECT_THROW(connection_.pipeline(
                   {{"SELECT 1 / 0"},
                    {"INSERT INTO outbox (subid, status) VALUES ($1, 'sale')", Parameters().add("click")}}),
               SqlError);
  EXPECT_EQ(add("click"), 2);
  EXPECT_THROW(add(""), SqlError);
  EXPECT_EQ(add("click"), 3);
}

TEST_F(PreparedStatementsTest, WhatIsGoneFromTheSessionIsRunWithout) {
  add("click");
  add("click");
  connection_.run(std::string("DEALLOCATE ALL"));
  EXPECT_THROW(add("click"), SqlError);
  EXPECT_EQ(add("click"), 3);
}

TEST_F(PreparedStatementsTest, ATableThatWasChangedIsReadAllTheSame) {
  const std::vector<Statement> all{{"SELECT * FROM outbox"}};
  for (int i = 0; i < 3; ++i) connection_.pipeline(all);
  connection_.run(std::string("ALTER TABLE outbox ADD COLUMN note text"));
  EXPECT_THROW(connection_.pipeline(all), SqlError);
  EXPECT_EQ(connection_.pipeline(all).size(), 1U);
}

/// More than both sides' socket buffers hold: who only sent, or only read, would wait for ever.
TEST(PostgresqlConnection, APipelineOfManyMegabytesBothWaysDoesNotStall) {
  Connection connection(server_address());
  const std::string large(1'000'000, 'x');
  std::vector<Statement> statements;
  for (int i = 0; i < 12; ++i) statements.push_back({"SELECT $1::text || 'y'", Parameters().add(large)});
  const auto results = connection.pipeline(statements);
  ASSERT_EQ(results.size(), 12U);
  EXPECT_EQ(results.back().view(0, 0).size(), large.size() + 1);
}

TEST(PostgresqlConnection, ATransactionThatIsLeftIsUndoneAndItsLimitsEndWithIt) {
  const TempSchema schema;
  Connection connection(schema.address());
  {
    const Transaction transaction(connection);
    connection.run(std::string("INSERT INTO outbox (subid, status) VALUES ('click', 'sale')"));
    EXPECT_EQ(connection.run(std::string("SHOW statement_timeout")).text(0, 0), "20s");
  }
  EXPECT_EQ(connection.run(std::string("SELECT count(*) FROM outbox")).integer(0, 0), 0);
  EXPECT_EQ(connection.run(std::string("SHOW statement_timeout")).text(0, 0), "0");
}

TEST(PostgresqlConnection, ACommitOfATransactionThatHasFailedIsAnError) {
  Connection connection(server_address());
  connection.begin(Connection::Mode::read_write);
  EXPECT_THROW(connection.run(std::string("SELECT 1 / 0")), SqlError);
  EXPECT_THROW(connection.commit(), SqlError);
  EXPECT_EQ(connection.run(std::string("SELECT 7")).integer(0, 0), 7);
}

TEST(PostgresqlConnection, ABackendThatIsTerminatedIsALostConnectionForGood) {
  Connection connection(server_address());
  const std::string pid = connection.run(std::string("SELECT pg_backend_pid()")).text(0, 0);
  Connection other(server_address());
  other.run("SELECT pg_terminate_backend(" + pid + ", 10000)");
  EXPECT_THROW(connection.run(std::string("SELECT 7")), ConnectionLost);
  EXPECT_TRUE(connection.lost());
  EXPECT_THROW(connection.run(std::string("SELECT 7")), ConnectionLost);
  connection.rollback();
}

TEST(PostgresqlConnection, AnAnswerThatDoesNotComeInTimeIsALostConnection) {
  Limits limits;
  limits.answer = core::Millis{200};
  Connection connection(server_address(), limits);
  EXPECT_THROW(connection.run(std::string("SELECT pg_sleep(60)")), ConnectionLost);
}

TEST(PostgresqlConnection, ALockThatIsHeldTooLongIsBusy) {
  const TempSchema schema;
  Connection holder(schema.address());
  const Transaction held(holder);
  holder.run(std::string("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE"));
  Limits limits;
  limits.lock = core::Millis{50};
  Connection connection(schema.address(), limits);
  const Transaction transaction(connection);
  try {
    connection.run(std::string("SELECT count(*) FROM outbox"));
    FAIL() << "not locked";
  } catch (const SqlError& error) {
    EXPECT_EQ(error.kind(), Kind::busy);
  }
}

}  // namespace
}  // namespace keitaro_outbox::postgresql_tests
