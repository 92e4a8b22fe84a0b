#include "worker/standby.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>

namespace keitaro_outbox::worker {
namespace {

using namespace std::chrono_literals;
using ports::LongWait;

/// A database that is an older copy, or not. Nothing else of it is asked for.
class Copy final : public ports::Backend {
 public:
  bool older = false;

  bool lacks_recorded_outcomes() override { return older; }

  ports::OutboxStore& store() override { throw std::logic_error("the store"); }
  ports::Leadership& leadership() override { throw std::logic_error("the leadership"); }
  ports::RecoveryMemory& memory() override { throw std::logic_error("the memory"); }
  std::int64_t take_over(bool) override { throw std::logic_error("taking over"); }
  bool is_older_copy() const override { return older; }
  bool usable() const override { return true; }
  bool must_reopen() override { return false; }
  Reopened reopen() override { throw std::logic_error("opening again"); }
  void start_upkeep(const ports::TimingListener&) override {}
  void stop_upkeep() noexcept override {}
  bool upkeep_runs() const override { return false; }
  void others_commit(bool) noexcept override {}
  ports::CommitSignal& commits() override { throw std::logic_error("commits"); }
  std::unique_ptr<ports::Pruner> pruner(const ports::PruningOptions&) override { return nullptr; }
};

constexpr core::SteadyTime kBegun{1h};

TEST(Standby, ThatIsToDrainSaysOnceThatAnotherHasTheRowsForLong) {
  Copy database;
  Standby standby({.until_drained = true}, kBegun);
  EXPECT_EQ(standby.look_every(), 1s);
  for (const auto passed : {1s, 2s, 3s, 4s}) EXPECT_EQ(standby.look(kBegun + passed, database), std::nullopt);
  EXPECT_EQ(standby.look(kBegun + 5s, database), LongWait::rows_pending);
  EXPECT_EQ(standby.look(kBegun + 6s, database), std::nullopt);
}

TEST(Standby, FindsAnOlderCopyOnlyWhereItStaysOne) {
  Copy database;
  Standby standby({.resume_restored = true}, kBegun);
  database.older = true;
  EXPECT_EQ(standby.look(kBegun + 1s, database), std::nullopt) << "its worker may be about to accept it";
  database.older = false;
  EXPECT_EQ(standby.look(kBegun + 2s, database), std::nullopt);
  database.older = true;
  EXPECT_EQ(standby.look(kBegun + 3s, database), std::nullopt);
  EXPECT_EQ(standby.look(kBegun + 4s, database), LongWait::older_copy);
  EXPECT_EQ(standby.look(kBegun + 5s, database), std::nullopt) << "it was told";
}

TEST(Standby, ThatOnlyStandsByLooksAtNothing) {
  Copy database;
  database.older = true;
  Standby standby({}, kBegun);
  EXPECT_EQ(standby.look_every(), std::nullopt);
  EXPECT_EQ(standby.look(kBegun + 1h, database), std::nullopt);
}

}  // namespace
}  // namespace keitaro_outbox::worker
