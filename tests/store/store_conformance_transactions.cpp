#include <gmock/gmock.h>

#include "store/store_conformance.hpp"

namespace keitaro_outbox::store_tests {

using core::OutboxId;
using core::State;
using core::wall_time;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(StoreConformance, WorkRolledBackIsUndone) {
  const auto id = world_->insert({});
  store_.begin_write();
  const auto result = delivered(id);
  const auto sale = sale_of(id);
  const core::LedgerKey key{"click", ""};
  ports::OutcomeRecord written{
      .click = {"default", "click"}, .id = id, .result = &result, .taken_in = &sale, .key = &key};
  write(written);
  store_.rollback();
  EXPECT_EQ(seen(id).state, State::pending);
  EXPECT_FALSE(ledger());
  store_.rollback();  // Harmless where nothing is open.
}

TEST_P(StoreConformance, OthersSeeWorkOnceItIsCommittedOnly) {
  const auto id = world_->insert({});
  const auto result = delivered(id);
  ports::OutcomeRecord written{.click = {}, .id = id, .result = &result};
  store_.begin_write();
  write(written);
  EXPECT_EQ(seen(id).state, State::pending);
  store_.commit();
  EXPECT_EQ(seen(id).state, State::delivered);
}

TEST_P(StoreConformance, OthersSeeACommitAndCanWriteOnceItIsVisible) {
  const auto id = world_->insert({});
  const auto result = delivered(id);
  ports::OutcomeRecord written{.click = {}, .id = id, .result = &result};
  OutboxId theirs;
  store_.begin_write();
  write(written);
  store_.commit([&] {
    EXPECT_EQ(seen(id).state, State::delivered);
    theirs = world_->insert({});
  });
  ASSERT_NE(theirs, OutboxId{}) << "told once";
  EXPECT_EQ(seen(theirs).state, State::pending);
  record(delivered(theirs));
  EXPECT_EQ(seen(theirs).state, State::delivered);
}

TEST_P(StoreConformance, CommitsOfOthersAreToldOnceAndOurOwnNever) {
  if (!GetParam().tells_foreign_commits) GTEST_SKIP() << "it cannot tell";
  EXPECT_TRUE(store_.foreign_commits()) << "the first look";
  EXPECT_FALSE(store_.foreign_commits());
  const auto id = world_->insert({});
  EXPECT_TRUE(store_.foreign_commits());
  EXPECT_FALSE(store_.foreign_commits());
  record(delivered(id));
  EXPECT_FALSE(store_.foreign_commits());
}

TEST_P(StoreConformance, InsideATransactionForeignCommitsAreThoseOfItsSnapshot) {
  if (!GetParam().tells_foreign_commits) GTEST_SKIP() << "it cannot tell";
  store_.foreign_commits();
  store_.begin_read();
  EXPECT_FALSE(store_.foreign_commits());
  const auto id = world_->insert({});
  EXPECT_FALSE(store_.foreign_commits());
  std::vector<OutboxId> ids;
  store_.fresh("default", {}, 10, ports::OutboxStore::Known::some, ids);
  EXPECT_THAT(ids, IsEmpty()) << "a transaction sees one moment";
  store_.commit();
  EXPECT_TRUE(store_.foreign_commits());
  EXPECT_THAT(fresh(), ElementsAre(id.value));
}

}  // namespace keitaro_outbox::store_tests
