#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "monitoring/metrics.hpp"

namespace keitaro_outbox::monitoring {
namespace {

using testing::HasSubstr;
using testing::Not;

Reading shared() {
  Reading reading;
  reading.share.emplace();
  reading.share->lanes.set(7);
  reading.share->lanes.set(8);
  reading.share->lease_age = core::Millis{2'500};
  reading.share->round_trips = 15;
  reading.share->transactions_retried = 2;
  return reading;
}

TEST(SharedOutbox, TheWorkersPartAndWhatTheDatabaseCostsIsTold) {
  Metrics metrics({"default"}, nullptr);
  Reading reading = shared();
  EXPECT_THAT(metrics.text(reading), HasSubstr("\nkeitaro_outbox_postgresql_lanes 2\n"));
  EXPECT_THAT(metrics.text(reading), HasSubstr("\nkeitaro_outbox_postgresql_lease_age_seconds 2.5\n"));
  EXPECT_THAT(metrics.text(reading), HasSubstr("# TYPE keitaro_outbox_postgresql_round_trips_total counter\n"
                                               "keitaro_outbox_postgresql_round_trips_total 15\n"));
  EXPECT_THAT(metrics.text(reading), HasSubstr("\nkeitaro_outbox_postgresql_transactions_retried_total 2\n"));
  EXPECT_THAT(metrics.text(reading), Not(HasSubstr("dead_rows"))) << "not known before the first count";

  reading.backlog.vacuum = {
      .dead_rows = 1234, .oldest_transaction = core::Millis{61'500}, .oldest_snapshot_age = 99};
  EXPECT_THAT(metrics.text(reading), HasSubstr("\nkeitaro_outbox_postgresql_dead_rows 1234\n"));
  EXPECT_THAT(metrics.text(reading),
              HasSubstr("\nkeitaro_outbox_postgresql_oldest_transaction_seconds 61.5\n"));
  EXPECT_THAT(metrics.text(reading),
              HasSubstr("\nkeitaro_outbox_postgresql_oldest_snapshot_transactions 99\n"));
}

TEST(SharedOutbox, AWorkerWithoutALeaseTellsNoAgeOfIt) {
  Metrics metrics({"default"}, nullptr);
  Reading reading = shared();
  reading.share->lease_age.reset();
  EXPECT_THAT(metrics.text(reading), Not(HasSubstr("lease_age")));
}

TEST(SharedOutbox, EachDatabaseHasTheMetricsOfItsKindOnly) {
  Metrics metrics({"default"}, nullptr);
  EXPECT_THAT(metrics.text(shared()), Not(HasSubstr("sqlite_")));
  Reading of_a_file;
  of_a_file.wal_bytes = 4096;
  EXPECT_THAT(metrics.text(of_a_file), Not(HasSubstr("postgresql_")));
  EXPECT_THAT(metrics.text(of_a_file), HasSubstr("\nkeitaro_outbox_sqlite_wal_bytes 4096\n"));
  EXPECT_THAT(metrics.text(of_a_file), HasSubstr("sqlite_commit_seconds"));
}

}  // namespace
}  // namespace keitaro_outbox::monitoring
