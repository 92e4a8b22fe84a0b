#include "postgresql/move/outbox_copy.hpp"

#include <gtest/gtest.h>

#include <string>

#include "postgresql/base/connection.hpp"
#include "postgresql/temp_schema.hpp"
#include "store/outbox_copy_cases.hpp"

namespace keitaro_outbox::postgresql_tests {
namespace {

TEST(PostgresqlOutboxCopy, WhatIsInsertedIsReadAgainAndThePositionIsKept) {
  const TempSchema schema;
  postgresql::OutboxCopy copy(schema.address());
  copy_cases::what_is_inserted_is_read_again_and_the_position_is_kept(copy);
}

TEST(PostgresqlOutboxCopy, ATargetIsClearedOfAnEarlierMove) {
  const TempSchema schema;
  postgresql::OutboxCopy copy(schema.address());
  copy_cases::a_target_is_cleared_of_an_earlier_move(copy);
}

TEST(PostgresqlOutboxCopy, ASourceTakesInsertsUntilItIsClosed) {
  const TempSchema schema;
  postgresql::Connection application(schema.address());
  postgresql::OutboxCopy copy(schema.address());
  copy_cases::a_source_takes_inserts_until_it_is_closed(
      copy, [&] { application.run(std::string("INSERT INTO outbox (subid, status) VALUES ('a', 'sale')")); },
      [&] { application.run(std::string("UPDATE outbox SET state = 'cancelled' WHERE id = 1")); });
}

}  // namespace
}  // namespace keitaro_outbox::postgresql_tests
