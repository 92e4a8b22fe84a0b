#include "worker/counting_observer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <string>
#include <utility>
#include <vector>

namespace keitaro_outbox::worker {
namespace {

using testing::ElementsAre;
using testing::Pair;

ports::RowEvent event(std::int64_t id) {
  ports::RowEvent event;
  event.id = {id};
  return event;
}

/// Tells the observer of one of each end that a row can come to, with ids from 1.
void tell_of_every_end(ports::Observer& observer) {
  observer.on_delivered(event(1));
  observer.on_retry(event(2), {});
  observer.on_dead(event(3));
  observer.on_refused(event(4));
  observer.on_duplicate(event(5));
  observer.on_cancelled(event(6));
  observer.on_overtaken(event(7));
}

class Listening final : public ports::Observer {
 public:
  void on_delivered(const ports::RowEvent& row) override { note("delivered", row); }
  void on_retry(const ports::RowEvent& row, core::WallTime) override { note("retry", row); }
  void on_dead(const ports::RowEvent& row) override { note("dead", row); }
  void on_refused(const ports::RowEvent& row) override { note("refused", row); }
  void on_duplicate(const ports::RowEvent& row) override { note("duplicate", row); }
  void on_cancelled(const ports::RowEvent& row) override { note("cancelled", row); }
  void on_overtaken(const ports::RowEvent& row) override { note("overtaken", row); }
  void on_store_trouble(std::string_view what, core::Millis) override { heard.emplace_back(what); }
  std::vector<std::string> heard;

 private:
  void note(const char* what, const ports::RowEvent& row) {
    heard.push_back(what + std::string(" ") + std::to_string(row.id.value));
  }
};

class Throwing final : public ports::Observer {
 public:
  void on_delivered(const ports::RowEvent&) override { throw std::bad_alloc(); }
  void on_dead(const ports::RowEvent&) override { throw 42; }
};

TEST(CountingObserver, CountsWhatBecameOfRows) {
  CountingObserver counting(nullptr);
  for (int i = 0; i < 2; ++i) tell_of_every_end(counting);
  counting.on_delivered(event(8));
  const Counts counts = counting.counts();
  EXPECT_EQ(counts.delivered, 3U);
  EXPECT_EQ(counts.retried, 2U);
  EXPECT_EQ(counts.dead, 2U);
  EXPECT_EQ(counts.refused, 2U);
  EXPECT_EQ(counts.duplicate, 2U);
}

TEST(CountingObserver, TellsOfEachRowThatIsDoneWithAndWhetherItWasTakenIn) {
  CountingObserver counting(nullptr);
  std::vector<std::pair<std::int64_t, bool>> finished;
  counting.on_finished(
      [&](core::OutboxId row, bool delivered) { finished.emplace_back(row.value, delivered); });
  tell_of_every_end(counting);
  EXPECT_THAT(finished, ElementsAre(Pair(1, true), Pair(3, false), Pair(4, false), Pair(5, false),
                                    Pair(6, false), Pair(7, false)))
      << "a row that is tried again is not done with";
}

TEST(CountingObserver, PassesEverythingOn) {
  Listening next;
  CountingObserver counting(&next);
  tell_of_every_end(counting);
  counting.on_store_trouble("the disk is full", {});
  EXPECT_THAT(next.heard, ElementsAre("delivered 1", "retry 2", "dead 3", "refused 4", "duplicate 5",
                                      "cancelled 6", "overtaken 7", "the disk is full"));
}

TEST(CountingObserver, CountsThoughTheNextOneThrows) {
  Throwing next;
  CountingObserver counting(&next);
  counting.on_delivered(event(1));
  counting.on_dead(event(2));
  EXPECT_EQ(counting.counts().delivered, 1U);
  EXPECT_EQ(counting.counts().dead, 1U);
}

}  // namespace
}  // namespace keitaro_outbox::worker
