#include "postgresql/intake/intake_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "intake_items.hpp"
#include "ports/outbox_store.hpp"
#include "postgresql/temp_schema.hpp"

namespace keitaro_outbox::postgresql_tests {
namespace {

using namespace std::chrono_literals;
using intake_items::item;
using intake_items::word_of;
using ports::IntakeItem;
using testing::ElementsAre;
using testing::HasSubstr;

class IntakeStoreTest : public testing::Test {
 protected:
  std::vector<std::string> commit(const std::vector<IntakeItem>& items,
                                  const std::optional<ports::SpoolPosition>& position = std::nullopt) {
    std::vector<std::string> words;
    for (const auto& outcome : store_.commit(items, 2s, position)) words.push_back(word_of(outcome));
    return words;
  }
  std::string rows() {
    return people_.run(std::string("SELECT string_agg(subid, ' ' ORDER BY id) FROM outbox")).text(0, 0);
  }

  TempSchema schema_;
  postgresql::Connection people_{schema_.address()};
  postgresql::IntakeStore store_{schema_.address()};
};

TEST_F(IntakeStoreTest, KeepsEachItemOfAGroupAsARowAnEventOrAReject) {
  EXPECT_THAT(commit({item("a", "e1"), item("b"), item("c", "e1"), item("")}),
              ElementsAre("stored", "stored", "known", "subid must have 1 to 255 characters"));
  EXPECT_THAT(commit({item("d", "e1")}), ElementsAre("known"));
  EXPECT_EQ(rows(), "a b");
  EXPECT_EQ(people_.run(std::string("SELECT query FROM intake_rejects")).text(0, 0), "subid=");
}

TEST_F(IntakeStoreTest, WhatATriggerTurnsAwayHarmsNoOther) {
  people_.run(
      std::string("CREATE FUNCTION picky() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                  "  IF NEW.subid = 'gone' THEN RETURN NULL; END IF;"
                  "  IF NEW.subid = 'bad' THEN RAISE 'not this one'; END IF;"
                  "  RETURN NEW; END $$;"
                  "CREATE TRIGGER picky BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION picky()"));
  const auto outcomes = commit({item("a"), item("gone"), item("bad"), item("gone", "e2"), item("b")});
  ASSERT_EQ(outcomes.size(), 5U);
  EXPECT_EQ(outcomes[0], "stored");
  EXPECT_THAT(outcomes[1], HasSubstr("left no row"));
  EXPECT_THAT(outcomes[2], HasSubstr("not this one"));
  EXPECT_THAT(outcomes[3], HasSubstr("left no row"));
  EXPECT_EQ(outcomes[4], "stored");
  EXPECT_EQ(rows(), "a b");
  people_.run(std::string(
      "CREATE TRIGGER picky BEFORE INSERT ON intake_rejects FOR EACH ROW WHEN (NEW.query = 'subid=bad') "
      "EXECUTE FUNCTION outbox_facts_are_fixed()"));
  EXPECT_THAT(commit({item("bad"), item("c")}), ElementsAre(HasSubstr("did not take it"), "stored"));
}

TEST_F(IntakeStoreTest, ASpoolsPositionIsCommittedWithItsRowsAndEachSpoolHasItsOwn) {
  EXPECT_FALSE(store_.spool_position("s1"));
  commit({item("a")}, ports::SpoolPosition{"s1", 100});
  commit({item("b")}, ports::SpoolPosition{"s2", 7});
  commit({item("c")}, ports::SpoolPosition{"s1", 200});
  EXPECT_EQ(store_.spool_position("s1")->taken, 200);
  EXPECT_EQ(store_.spool_position("s2")->taken, 7);
}

TEST_F(IntakeStoreTest, ALockThatLastsIsToldAndNothingIsKept) {
  {
    const postgresql::Transaction locked(people_);
    people_.run(std::string("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE"));
    try {
      store_.commit(std::vector<IntakeItem>{item("a")}, 10ms, std::nullopt);
      FAIL() << "the lock was ignored";
    } catch (const ports::StoreError& error) {
      EXPECT_EQ(error.kind(), ports::StoreError::Kind::busy);
    }
  }
  EXPECT_EQ(rows(), "");
  EXPECT_THAT(commit({item("a")}), ElementsAre("stored"));
}

}  // namespace
}  // namespace keitaro_outbox::postgresql_tests
