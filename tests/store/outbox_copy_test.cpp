#include "sqlite/move/outbox_copy.hpp"

#include <gtest/gtest.h>

#include "store/outbox_copy_cases.hpp"
#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

TEST(SqliteOutboxCopy, WhatIsInsertedIsReadAgainAndThePositionIsKept) {
  const TempDatabase database;
  sqlite::OutboxCopy copy(database.path());
  copy_cases::what_is_inserted_is_read_again_and_the_position_is_kept(copy);
}

TEST(SqliteOutboxCopy, ATargetIsClearedOfAnEarlierMove) {
  const TempDatabase database;
  sqlite::OutboxCopy copy(database.path());
  copy_cases::a_target_is_cleared_of_an_earlier_move(copy);
}

TEST(SqliteOutboxCopy, ASourceTakesInsertsUntilItIsClosed) {
  TempDatabase database;
  sqlite::OutboxCopy copy(database.path());
  copy_cases::a_source_takes_inserts_until_it_is_closed(
      copy, [&] { database.sql().run("INSERT INTO outbox (subid, status) VALUES ('a', 'sale')"); },
      [&] { database.sql().run("UPDATE outbox SET state = 'cancelled' WHERE id = 1"); });
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
