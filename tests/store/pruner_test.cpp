#include "sqlite/admin/pruner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using ports::Pruned;
using ports::PruneFilter;
using ports::PruningOptions;
using sqlite::Pruner;
using testing::ElementsAre;

constexpr core::WallTime kBefore{core::Millis{1000}};

class Prune : public testing::Test {
 protected:
  Sql& sql() { return database_.sql(); }

  Pruned prune_rows(const PruneFilter& filter, const PruningOptions& options = {}) {
    Pruner pruning(database_.path(), options);
    return walk([&] { return pruning.rows(filter); });
  }

  template <typename Step>
  Pruned walk(const Step& step) {
    Pruned sum;
    while (const auto pruned = step()) sum += *pruned;
    return sum;
  }

  std::vector<std::string> subids() { return sql().lines("SELECT subid FROM outbox ORDER BY id"); }

  TempDatabase database_;
};

TEST_F(Prune, FinishedRowsThatAreOldEnoughGoWithTheirAttempts) {
  sql().run(
      "INSERT INTO outbox (subid, status, state, created_at, finished_at) VALUES"
      " ('old', 'lead', 'delivered', 1, 999), ('young', 'lead', 'delivered', 1, 1000),"
      " ('waits', 'lead', 'pending', 1, NULL), ('dead', 'lead', 'dead', 1, 5), ('by hand', 'lead', "
      "'cancelled', 1, NULL);"
      "INSERT INTO delivery_attempts (outbox_id, attempt, started_at, latency_ms, error) VALUES"
      " (1, 1, 5, 1, 'x'), (1, 2, 5, 1, 'x'), (2, 1, 5, 1, 'x'), (3, 1, 5, 1, 'x')");
  const Pruned pruned = prune_rows({.before = kBefore, .states = {}, .tracker = std::nullopt});
  EXPECT_EQ(pruned.rows, 3);
  EXPECT_EQ(pruned.attempts, 2);
  EXPECT_THAT(subids(), ElementsAre("young", "waits"));
  EXPECT_THAT(sql().lines("SELECT outbox_id FROM delivery_attempts"), ElementsAre("2", "3"));
}

TEST_F(Prune, StatesAndATrackerNarrowIt) {
  sql().run(
      "INSERT INTO outbox (subid, status, tracker, state, finished_at) VALUES ('a', 'lead', 'x', "
      "'delivered', 1),"
      " ('b', 'lead', 'x', 'dead', 1), ('c', 'lead', 'y', 'duplicate', 1), ('d', 'lead', 'x', 'duplicate', "
      "1)");
  prune_rows({.before = kBefore, .states = {core::State::delivered, core::State::duplicate}, .tracker = "x"});
  EXPECT_THAT(subids(), ElementsAre("b", "c"));
  prune_rows({.before = kBefore, .states = {core::State::pending}, .tracker = std::nullopt});
  EXPECT_THAT(subids(), ElementsAre("b", "c"));
}

TEST_F(Prune, ATrialCountsAndLeavesAll) {
  sql().run(
      "INSERT INTO outbox (subid, status, state, finished_at) VALUES ('a', 'lead', 'delivered', 1);"
      "INSERT INTO delivery_attempts (outbox_id, attempt, started_at, latency_ms, error) VALUES (1, 1, 5, 1, "
      "'x')");
  PruningOptions options;
  options.dry_run = true;
  const Pruned pruned = prune_rows({.before = kBefore, .states = {}, .tracker = std::nullopt}, options);
  EXPECT_EQ(pruned.rows, 1);
  EXPECT_EQ(pruned.attempts, 1);
  EXPECT_THAT(subids(), ElementsAre("a"));
}

TEST_F(Prune, ManyRowsTakeManyShortStepsAndTheWalkGoesOnWhereItWas) {
  sql().run(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 7000)"
      " INSERT INTO outbox (id, subid, status, state, created_at, finished_at)"
      " SELECT i + 3500, 's', 'lead', iif(i % 7 = 0, 'pending', 'delivered'), 1, iif(i % 7 = 0, NULL, 1) "
      "FROM n");
  Pruner pruning(database_.path(), {});
  const PruneFilter filter{.before = kBefore, .states = {}, .tracker = std::nullopt};
  std::int64_t rows = 0;
  while (const auto pruned = pruning.rows(filter)) {
    EXPECT_LE(pruned->rows, 250);
    rows += pruned->rows;
  }
  EXPECT_EQ(rows, 6000);
  EXPECT_EQ(sql().number("SELECT count(*) FROM outbox"), 1000);
  EXPECT_EQ(walk([&] { return pruning.rows(filter); }).rows, 0) << "the next walk begins at the start again";
}

TEST_F(Prune, AWalkThatTrustsTheOrderEndsAtYoungRows) {
  sql().run(
      "INSERT INTO outbox (subid, status, state, created_at, finished_at) VALUES ('old', 'lead', 'dead', 1, "
      "1);"
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)"
      " INSERT INTO outbox (subid, status, created_at) SELECT 's', 'lead', 2000 FROM n;"
      "INSERT INTO outbox (subid, status, state, created_at, finished_at) VALUES ('stray', 'lead', 'dead', "
      "1, 1)");
  PruningOptions options;
  options.end_at_young_rows = true;
  const PruneFilter filter{.before = kBefore, .states = {}, .tracker = std::nullopt};
  EXPECT_EQ(prune_rows(filter, options).rows, 1);
  EXPECT_EQ(prune_rows(filter).rows, 1) << "without that trust the one behind them is found too";
}

/// References of an application to rows, by what they say of a row that is deleted.
class PruneReferenced : public Prune, public testing::WithParamInterface<bool> {
 protected:
  PruneReferenced() {
    sql().run(GetParam() ? "PRAGMA foreign_keys = ON" : "PRAGMA foreign_keys = OFF");
    sql().run(
        "CREATE TABLE plain (row INTEGER REFERENCES outbox (id));"
        "CREATE TABLE restricting (row INTEGER REFERENCES Outbox (id) ON DELETE RESTRICT);"
        "CREATE TABLE deferred (row INTEGER REFERENCES outbox (id) DEFERRABLE INITIALLY DEFERRED);"
        "CREATE TABLE cascading (id INTEGER PRIMARY KEY, row INTEGER REFERENCES outbox (id) ON DELETE "
        "CASCADE);"
        "CREATE TABLE behind (cascading INTEGER REFERENCES cascading (id));"
        "CREATE TABLE setting_null (row INTEGER REFERENCES outbox (id) ON DELETE SET NULL);"
        "CREATE TABLE needing (row INTEGER NOT NULL REFERENCES outbox (id) ON DELETE SET NULL);"
        "CREATE TABLE of_attempts (attempt INTEGER REFERENCES delivery_attempts (id));"
        "INSERT INTO outbox (subid, status, state, finished_at) VALUES ('free', 'lead', 'delivered', 1),"
        " ('plain', 'lead', 'delivered', 1), ('restricting', 'lead', 'delivered', 1),"
        " ('deferred', 'lead', 'delivered', 1), ('cascading', 'lead', 'delivered', 1),"
        " ('behind', 'lead', 'delivered', 1), ('setting null', 'lead', 'delivered', 1),"
        " ('needing', 'lead', 'delivered', 1), ('attempt', 'lead', 'delivered', 1);"
        "INSERT INTO delivery_attempts (outbox_id, attempt, started_at, latency_ms, error) VALUES"
        " (1, 1, 5, 1, 'x'), (9, 1, 5, 1, 'x');"
        "INSERT INTO plain VALUES (2); INSERT INTO restricting VALUES (3); INSERT INTO deferred VALUES (4);"
        "INSERT INTO cascading VALUES (1, 5), (2, 6); INSERT INTO behind VALUES (2);"
        "INSERT INTO setting_null VALUES (7); INSERT INTO needing VALUES (8);"
        "INSERT INTO of_attempts VALUES (2)");
  }

  const PruneFilter all_ = {.before = kBefore, .states = {}, .tracker = std::nullopt};
};

TEST_P(PruneReferenced, WhatAReferenceKeepsStays) {
  const Pruned pruned = prune_rows(all_);
  EXPECT_EQ(pruned.rows, 3);
  EXPECT_EQ(pruned.attempts, 1);
  EXPECT_THAT(subids(), ElementsAre("plain", "restricting", "deferred", "behind", "needing", "attempt"));
  EXPECT_THAT(sql().lines("SELECT id FROM cascading"), ElementsAre("2"));
  EXPECT_THAT(sql().lines("SELECT row FROM setting_null"), ElementsAre("NULL"));
  EXPECT_THAT(sql().lines("PRAGMA foreign_key_check"), ElementsAre());
  Pruner pruning(database_.path(), {});
  EXPECT_EQ(walk([&] { return pruning.attempts(kBefore); }).attempts, 0) << "the last one is referenced";
}

TEST_P(PruneReferenced, ATrialCountsTheSameAndLeavesAll) {
  PruningOptions options;
  options.dry_run = true;
  const Pruned pruned = prune_rows(all_, options);
  EXPECT_EQ(pruned.rows, 3);
  EXPECT_EQ(pruned.attempts, 1);
  EXPECT_EQ(subids().size(), 9U);
  EXPECT_EQ(sql().number("SELECT count(*) FROM cascading"), 2);
}

INSTANTIATE_TEST_SUITE_P(ForeignKeys, PruneReferenced, testing::Bool(),
                         [](const auto& on) { return on.param ? "On" : "Off"; });

TEST_F(Prune, AttemptsAndConversionsGoByTheirOwnAge) {
  sql().run(
      "INSERT INTO outbox (subid, status) VALUES ('waits', 'lead');"
      "INSERT INTO delivery_attempts (outbox_id, attempt, started_at, latency_ms, error) VALUES"
      " (1, 1, 999, 1, 'x'), (1, 2, 1000, 1, 'x');"
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)"
      " INSERT INTO conversions (tracker, subid, tid, status, sent_status, outbox_id, taken_in_at)"
      " SELECT 't' || (i % 2), 's' || (i / 4), 'tid' || i, 'lead', 'lead', i, iif(i % 5 = 0, 1000, 999) FROM "
      "n");
  Pruner pruning(database_.path(), {});
  EXPECT_EQ(walk([&] { return pruning.attempts(kBefore); }).attempts, 1);
  EXPECT_THAT(sql().lines("SELECT attempt FROM delivery_attempts"), ElementsAre("2"));
  EXPECT_EQ(walk([&] { return pruning.conversions(kBefore); }).conversions, 4000);
  EXPECT_EQ(sql().number("SELECT count(*) FROM conversions WHERE taken_in_at = 1000"), 1000);
}

TEST_F(Prune, TheTimeKnownIsThatOfMostRowsUntilOneIsNoted) {
  const std::int64_t made = sql().number("SELECT max(applied_at) FROM outbox_migrations");
  Pruner pruning(database_.path(), {});
  EXPECT_EQ(pruning.known_time(), core::wall_time(made));
  sql().run(
      "INSERT INTO outbox (subid, status, created_at, state, finished_at) VALUES ('a', 'lead', 5, "
      "'delivered', " +
      std::to_string(made + 7) + "), ('b', 'lead', " + std::to_string(made + 9) + ", 'pending', NULL)");
  EXPECT_EQ(pruning.known_time(), core::wall_time(made + 7));
  sql().run("INSERT INTO outbox (subid, status, created_at) VALUES ('wrong clock', 'lead', 2145916800000)");
  EXPECT_EQ(pruning.known_time(), core::wall_time(made + 9));
  pruning.note_time(core::wall_time(made + 3));
  EXPECT_EQ(pruning.known_time(), core::wall_time(made + 3));
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
