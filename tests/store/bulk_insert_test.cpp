#include "sqlite/admin/bulk_insert.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/rules/conversion_rules.hpp"
#include "keitaro_outbox/outbox.hpp"
#include "ports/outbox_store.hpp"
#include "sqlite/schema/broken_rule.hpp"
#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using ports::ImportResult;
using sqlite::BulkInsert;
using Kind = ImportResult::Kind;
using Mode = BulkInsert::Mode;
using testing::ElementsAre;

Conversion lead(const std::string& subid, const std::string& event_id = "") {
  Conversion conversion;
  conversion.subid = subid;
  conversion.status = "lead";
  conversion.event_id = event_id;
  return conversion;
}

std::vector<Kind> add_all(BulkInsert& importing, std::span<const Conversion> rows) {
  std::vector<Kind> kinds;
  while (!rows.empty()) {
    const auto outcomes = importing.add(rows);
    for (const ImportResult& outcome : outcomes) kinds.push_back(outcome.kind);
    rows = rows.subspan(outcomes.size());
  }
  return kinds;
}

TEST(BulkInsert, RowsGoInInTheirOrderAndAnEventOnce) {
  TempDatabase database;
  BulkInsert importing(database.path(), Mode::write);
  const std::vector rows{lead("a", "e"), lead("{b}"), lead("c", "e"), lead("d")};
  EXPECT_THAT(add_all(importing, rows),
              ElementsAre(Kind::added, Kind::rejected, Kind::already_there, Kind::added));
  EXPECT_THAT(database.sql().lines("SELECT subid FROM outbox ORDER BY id"), ElementsAre("a", "d"));
}

/// Import, append() and an INSERT of one's own judge by the same rules, and say the same of them.
TEST(BulkInsert, EveryRuleIsToldAsAppendTellsIt) {
  TempDatabase database;
  BulkInsert importing(database.path(), Mode::write);
  std::vector<Conversion> rows(12, lead("a"));
  rows[0].subid = "";
  rows[1].subid = std::string(256, 'x');
  rows[2].subid = "{subid}";
  rows[3].status = "";
  rows[4].tid = std::string(101, 'x');
  rows[5].payout = "1,5";
  rows[6].payout = "1e5";
  rows[7].cost = std::string(15, '9');
  rows[8].currency = "dollar";
  rows[9].params = "[1]";
  rows[10].params = R"({"status":"x"})";
  rows[11].due_at = -1;
  for (const Conversion& row : rows) {
    std::string rule;
    try {
      append(database.sql().handle(), row);
    } catch (const RuleError& error) {
      rule = error.rule();
    }
    ASSERT_NE(rule, "");
    const auto outcomes = importing.add({&row, 1});
    ASSERT_EQ(outcomes.size(), 1U);
    EXPECT_EQ(outcomes[0].kind, Kind::rejected);
    EXPECT_EQ(outcomes[0].reason, core::words_of_rule(rule));
  }
}

TEST(BulkInsert, ATrialWritesNothingAndFindsTheSame) {
  TempDatabase database;
  append(database.sql().handle(), lead("there", "old"));
  BulkInsert importing(database.path(), Mode::try_out);
  const std::vector rows{lead("a", "e"), lead("{b}"), lead("c", "e"), lead("d", "old")};
  EXPECT_THAT(add_all(importing, rows),
              ElementsAre(Kind::added, Kind::rejected, Kind::already_there, Kind::already_there));
  EXPECT_EQ(database.sql().number("SELECT count(*) FROM outbox"), 1);
}

TEST(BulkInsert, WhatIsInStaysWhenTheRestCannotGoIn) {
  TempDatabase database;
  BulkInsert importing(database.path(), Mode::write);
  importing.add({std::vector{lead("a")}});
  database.sql().run(
      "CREATE TRIGGER stop BEFORE INSERT ON outbox WHEN NEW.subid = 'c' BEGIN SELECT RAISE(ABORT, 'no'); "
      "END");
  const std::vector rows{lead("b"), lead("c")};
  EXPECT_THROW(importing.add(rows), ports::StoreError);
  EXPECT_THAT(database.sql().lines("SELECT subid FROM outbox"), ElementsAre("a"));
}

TEST(BulkInsert, ALongImportIsManyTransactions) {
  TempDatabase database;
  BulkInsert importing(database.path(), Mode::write);
  const std::vector rows(20'000, lead("a"));
  const auto first = importing.add(rows);
  EXPECT_LT(first.size(), rows.size()) << "20,000 rows take longer than the lock is held";
  EXPECT_EQ(database.sql().number("SELECT count(*) FROM outbox"), static_cast<std::int64_t>(first.size()));
}

}  // namespace
}  // namespace keitaro_outbox::store_tests
