#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <memory>
#include <string>

#include "keitaro_outbox/postgresql.hpp"
#include "postgresql/base/connection.hpp"
#include "postgresql/temp_schema.hpp"

namespace keitaro_outbox::postgresql_tests {
namespace {

Conversion paid(const std::string& subid) {
  Conversion conversion;
  conversion.subid = subid;
  conversion.status = "sale";
  conversion.payout = "12.50";
  conversion.params = R"({"sub_id_1":"red & blue"})";
  conversion.event_id = "paid-" + subid;
  return conversion;
}

/// An application's connection.
class AppendOnACallersConnection : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(PQstatus(connection_.get()), CONNECTION_OK) << PQerrorMessage(connection_.get());
    run("SET client_encoding TO 'UTF8'");
  }
  void run(const std::string& sql) { PQclear(PQexec(connection_.get(), sql.c_str())); }
  /// In the words of another connection, which sees what is committed.
  std::int64_t committed() { return others_.run(std::string("SELECT count(*) FROM outbox")).integer(0, 0); }

  TempSchema schema_;
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_{PQconnectdb(schema_.address().c_str()), &PQfinish};
  postgresql::Connection others_{schema_.address()};
};

TEST_F(AppendOnACallersConnection, ARowCountsWhenTheCallersTransactionCommits) {
  run("BEGIN");
  EXPECT_EQ(append(connection_.get(), paid("a")), 1);
  EXPECT_EQ(append(connection_.get(), paid("a")), std::nullopt);
  EXPECT_EQ(PQtransactionStatus(connection_.get()), PQTRANS_INTRANS);
  EXPECT_EQ(committed(), 0);
  run("COMMIT");
  EXPECT_EQ(committed(), 1);
  run("BEGIN");
  append(connection_.get(), paid("b"));
  run("ROLLBACK");
  EXPECT_EQ(committed(), 1);
  append(connection_.get(), paid("c"));  // Without a transaction.
  EXPECT_EQ(committed(), 2);
}

TEST_F(AppendOnACallersConnection, ABrokenRuleIsToldByItsNameAndTheTransactionGoesOn) {
  run("BEGIN");
  Conversion wrong = paid("{click}");
  try {
    append(connection_.get(), wrong);
    FAIL() << "it was appended";
  } catch (const RuleError& error) {
    EXPECT_EQ(error.rule(), "subid_holds_a_macro_that_was_not_filled_in");
  }
  EXPECT_EQ(PQtransactionStatus(connection_.get()), PQTRANS_INTRANS);
  EXPECT_NE(append(connection_.get(), paid("b")), std::nullopt);
  run("COMMIT");
  EXPECT_EQ(committed(), 1);
}

TEST_F(AppendOnACallersConnection, WhatTheServerRefusesIsOneLineAndEndsTheTransactionAsAnyStatement) {
  run("BEGIN; ALTER TABLE outbox RENAME TO hidden");
  try {
    append(connection_.get(), paid("a"));
    FAIL() << "it was appended";
  } catch (const RuleError&) {
    FAIL() << "no rule was broken";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("\"outbox\" does not exist"), std::string::npos) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
  }
  EXPECT_EQ(PQtransactionStatus(connection_.get()), PQTRANS_INERROR);
}

TEST_F(AppendOnACallersConnection, AConnectionThatCannotAppendIsTurnedAway) {
  run("SET client_encoding TO 'LATIN1'");
  EXPECT_THROW(append(connection_.get(), paid("a")), Error);
  run("SET client_encoding TO 'UTF8'");
  PQenterPipelineMode(connection_.get());
  EXPECT_THROW(append(connection_.get(), paid("a")), Error);
  PQexitPipelineMode(connection_.get());
  EXPECT_EQ(append(connection_.get(), paid("a")), 1);
}

TEST_F(AppendOnACallersConnection, TheSchemaIsInstalledOnceAndTwiceIsHarmless) {
  const TempSchema empty(TempSchema::Content::nothing);
  install_postgresql_schema(empty.address().c_str());
  install_postgresql_schema(empty.address().c_str());
  EXPECT_THROW(install_postgresql_schema("postgresql://ann@/app?host=/nowhere"), Error);
}

}  // namespace
}  // namespace keitaro_outbox::postgresql_tests
