// What the cycle says to the transport about an answer, and learns from it.
#include "delivery/scenario.hpp"
#include "delivery/scripted_transport.hpp"
#include "schedules/sim_random.hpp"
#include "sqlite/store/sqlite_store.hpp"

namespace keitaro_outbox::simulation {
namespace {

const core::Answer kTakenIn{200, "OK", {}};
const core::Answer kDown{503, "no", {}};

class Answers : public testing::Test {
 protected:
  void insert(int rows) {
    for (int i = 0; i < rows; ++i) database_.insert({.subid = "c" + std::to_string(i)});
  }
  /// A moment later it does all that it can do, and the transport begins what it may.
  void turn() {
    clock_.advance_to(clock_.steady() + 10ms);
    for (int i = 0; i < 50; ++i) {
      const auto again_at = cycle_.turn();
      transport_.begin_waiting();
      if (!again_at || *again_at > clock_.steady()) return;
    }
    FAIL() << "it asks for turn after turn";
  }
  void fail_until_open() {
    for (int i = 0; i < 1000 && phase() != core::CircuitBreaker::Phase::open; ++i) {
      if (transport_.begun() > 0) transport_.end_first(kDown);
      turn();
    }
  }
  core::CircuitBreaker::Phase phase() const { return cycle_.standing().front().breaker; }
  std::int64_t rows(const std::string& state) {
    return database_.number("SELECT count(*) FROM outbox WHERE state = '" + state + "'");
  }

  PortHooks hooks_;
  SimClock clock_;
  SimDatabase database_;
  SimRandom random_{1};
  SimObserver observer_{hooks_};
  ScriptedTransport transport_;
  sqlite::SqliteStore store_{database_.path()};
  delivery::Cycle cycle_{store_, transport_, clock_, random_, observer_, {tracker_named("default")}};
};

TEST_F(Answers, FailuresOfNowOpenTheBreaker) {
  insert(100);
  fail_until_open();
  EXPECT_EQ(phase(), core::CircuitBreaker::Phase::open);
}

TEST_F(Answers, FailuresThatCameToAnEarlierWorkerDoNot) {
  insert(40);
  turn();
  for (int i = 0; i < 30; ++i) {
    ASSERT_GT(transport_.begun(), 0u);
    transport_.end_first(kDown, true);
    turn();
  }
  EXPECT_EQ(phase(), core::CircuitBreaker::Phase::closed);
  EXPECT_EQ(observer_.retried, 30) << "the rows are tried again all the same";
}

TEST_F(Answers, SuccessesThatCameToAnEarlierWorkerDoNotCloseIt) {
  insert(100);
  fail_until_open();
  const auto probe = [this] {
    for (int i = 0; i < 1000 && transport_.begun() == 0; ++i) turn();
    return transport_.begun();
  };
  ASSERT_EQ(probe(), 1u);
  transport_.end_first(kTakenIn, true);
  cycle_.turn();
  EXPECT_EQ(phase(), core::CircuitBreaker::Phase::probing);
  ASSERT_EQ(probe(), 1u);
  transport_.end_first(kTakenIn);
  turn();
  EXPECT_EQ(rows("delivered"), 2);
  EXPECT_EQ(phase(), core::CircuitBreaker::Phase::ramping) << "one of now does";
}

TEST_F(Answers, AFailureTakesBackWhatWaitsAtTheTransport) {
  insert(2'000);
  turn();
  for (int i = 0; i < 500 && transport_.waiting() == 0; ++i) {
    transport_.end_first(kTakenIn);
    turn();
  }
  ASSERT_GT(transport_.waiting(), 0u) << "more are handed over than may be under way";
  ASSERT_GE(transport_.begun(), 8u);
  transport_.end_first(kDown);
  transport_.end_first(kDown);
  cycle_.turn();
  EXPECT_EQ(transport_.waiting(), 0u);
}

TEST_F(Answers, AnAnswerThatIsKeptIsAcknowledgedOnceItIsCommitted) {
  insert(1);
  turn();
  transport_.end_first(kTakenIn, false, ports::AckId{3});
  turn();
  EXPECT_EQ(rows("delivered"), 1);
  EXPECT_THAT(transport_.acknowledged, testing::ElementsAre(3u));
}

}  // namespace
}  // namespace keitaro_outbox::simulation
