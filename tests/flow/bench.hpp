// A worker's flow of requests against a simulated tracker, in virtual time. Nothing here waits.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <random>
#include <vector>

#include "core/flow/flow_control.hpp"

namespace keitaro_outbox::flow_bench {

using core::FlowAnswer;
using core::Millis;
using core::OutboxId;
using core::SteadyTime;
using Micros = std::chrono::microseconds;

struct Reply {
  FlowAnswer answer = FlowAnswer::taken_in;
  Micros latency{5'000};
  std::optional<Millis> retry_after = std::nullopt;
};

/// What a tracker does with a request that arrives; `chance` is in [0, 1).
using Tracker = std::function<Reply(OutboxId row, SteadyTime at, double chance)>;

Tracker takes_in(Micros latency);
/// A share of the answers fails, whatever the row.
Tracker fails_at_random(double share, Micros latency, FlowAnswer as = FlowAnswer::unavailable);
/// Every second one.
Tracker fails_in_turn(Micros latency);
Tracker fails_always(FlowAnswer as, Micros latency);
/// A leaky bucket, as nginx's limit_req: what is above fails at once.
Tracker refuses_above(double per_second, double burst, Micros latency, FlowAnswer as);
/// Counts by the clock's second.
Tracker refuses_above_in_a_second(double per_second, Micros latency, FlowAnswer as);
/// Works off `slots` requests at a time, each in `each`; the rest queue up at its door, `way` away.
Tracker queues(int slots, Micros each, Micros way);
/// The same, and what would queue fails.
Tracker refuses_without_slot(int slots, Micros each, FlowAnswer as);

struct BenchSettings {
  unsigned seed = 1;
  int backlog = 1'000'000;     ///< Rows that wait from the start.
  double rows_per_second = 0;  ///< Rows that come, evenly.
  Millis shortest_retry{50};
  Millis longest_retry{500};
  core::FlowSettings flow{};
  /// Answers and permits are looked at in turns as far apart as this.
  Micros turn{200};
};

struct Counts {
  std::int64_t sent = 0;
  std::int64_t taken_in = 0;
  std::int64_t failed = 0;
  std::int64_t charged = 0;
  double share_failed() const {
    return failed + taken_in > 0 ? static_cast<double>(failed) / static_cast<double>(failed + taken_in) : 0;
  }
};

class Bench {
 public:
  explicit Bench(Tracker tracker, BenchSettings settings = {});

  void tracker(Tracker tracker) { tracker_ = std::move(tracker); }
  /// What happened in that time.
  Counts run_for(Millis span);
  /// Until `count` requests were taken in, or `span` is over. Returns the time it took.
  Millis run_until_taken_in(std::int64_t count, Millis span);
  /// Until nothing is in flight of what was sent up to now, with nothing being answered otherwise.
  int in_flight() const { return static_cast<int>(answers_.size()); }
  SteadyTime now() const { return now_; }
  const core::FlowControl& flow() const { return flow_; }
  void add_row(OutboxId row) { fresh_rows_.push(row); }
  double taken_in_per_second(Millis span);
  /// The most failures that were charged to one row.
  int most_charged() const;
  int most_in_flight = 0;

 private:
  struct Row {
    OutboxId id;
    int attempts = 0;
  };
  struct Answered {
    SteadyTime at;
    std::int64_t number;  ///< Of the request: keeps the order.
    Row row;
    Reply reply;
    bool operator>(const Answered& other) const {
      return at != other.at ? at > other.at : number > other.number;
    }
  };
  struct Waiting {
    SteadyTime due;
    Row row;
    bool operator>(const Waiting& other) const {
      return due != other.due ? due > other.due : row.id > other.row.id;
    }
  };

  void settle(Counts& counts);
  void send(Counts& counts);
  bool fresh_row_ready() const;
  Row next_row();
  SteadyTime next_event(SteadyTime end) const;
  double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  Tracker tracker_;
  BenchSettings settings_;
  std::mt19937 random_;
  core::FlowControl flow_;
  SteadyTime now_{std::chrono::hours{1}};
  std::priority_queue<Answered, std::vector<Answered>, std::greater<>> answers_;
  std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> retries_;
  std::queue<OutboxId> fresh_rows_;
  std::int64_t backlog_left_;
  double came_ = 0;
  SteadyTime came_at_ = now_;
  std::int64_t next_row_ = 1;
  std::int64_t sent_ = 0;
  bool retry_next_ = false;
  std::vector<std::uint16_t> charged_;  ///< By row.
};

}  // namespace keitaro_outbox::flow_bench
