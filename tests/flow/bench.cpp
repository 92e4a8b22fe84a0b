#include "flow/bench.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

namespace keitaro_outbox::flow_bench {
namespace {

using namespace std::chrono_literals;

double seconds(SteadyTime::duration span) {
  return std::chrono::duration<double>(span).count();
}

}  // namespace

Tracker takes_in(Micros latency) {
  return [latency](OutboxId, SteadyTime, double) { return Reply{FlowAnswer::taken_in, latency}; };
}

Tracker fails_at_random(double share, Micros latency, FlowAnswer as) {
  return [=](OutboxId, SteadyTime, double chance) {
    return Reply{chance < share ? as : FlowAnswer::taken_in, latency};
  };
}

Tracker fails_in_turn(Micros latency) {
  return [latency, fails = false](OutboxId, SteadyTime, double) mutable {
    fails = !fails;
    return Reply{fails ? FlowAnswer::unavailable : FlowAnswer::taken_in, latency};
  };
}

Tracker fails_always(FlowAnswer as, Micros latency) {
  return [=](OutboxId, SteadyTime, double) { return Reply{as, latency}; };
}

Tracker refuses_above(double per_second, double burst, Micros latency, FlowAnswer as) {
  return [=, tokens = burst + 1, filled_at = SteadyTime{}](OutboxId, SteadyTime at, double) mutable {
    tokens = std::min(tokens + seconds(at - filled_at) * per_second, burst + 1);
    filled_at = at;
    if (tokens < 1) return Reply{as, latency};
    tokens -= 1;
    return Reply{FlowAnswer::taken_in, latency};
  };
}

Tracker refuses_above_in_a_second(double per_second, Micros latency, FlowAnswer as) {
  return [=, second = std::int64_t{-1}, counted = 0.0](OutboxId, SteadyTime at, double) mutable {
    const auto now = std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
    if (std::exchange(second, now) != now) counted = 0;
    return Reply{++counted <= per_second ? FlowAnswer::taken_in : as, latency};
  };
}

Tracker queues(int slots, Micros each, Micros way) {
  return [=, free_at = std::vector<SteadyTime>(static_cast<std::size_t>(slots))](OutboxId, SteadyTime at,
                                                                                 double) mutable {
    auto slot = std::min_element(free_at.begin(), free_at.end());
    *slot = std::max(*slot, at) + each;
    return Reply{FlowAnswer::taken_in, std::chrono::ceil<Micros>(*slot - at) + way};
  };
}

Tracker refuses_without_slot(int slots, Micros each, FlowAnswer as) {
  return [=, free_at = std::vector<SteadyTime>(static_cast<std::size_t>(slots))](OutboxId, SteadyTime at,
                                                                                 double) mutable {
    auto slot = std::min_element(free_at.begin(), free_at.end());
    if (*slot > at) return Reply{as, 1ms};
    *slot = at + each;
    return Reply{FlowAnswer::taken_in, each};
  };
}

Bench::Bench(Tracker tracker, BenchSettings settings)
    : tracker_(std::move(tracker)),
      settings_(settings),
      random_(settings.seed),
      flow_(settings.flow),
      backlog_left_(settings.backlog) {}

Counts Bench::run_for(Millis span) {
  Counts counts;
  for (const auto end = now_ + span; now_ < end;) {
    settle(counts);
    send(counts);
    now_ = next_event(end);
  }
  return counts;
}

Millis Bench::run_until_taken_in(std::int64_t count, Millis span) {
  const auto began = now_;
  Counts counts;
  for (const auto end = now_ + span; now_ < end && counts.taken_in < count;) {
    settle(counts);
    send(counts);
    now_ = next_event(end);
  }
  return std::chrono::ceil<Millis>(now_ - began);
}

double Bench::taken_in_per_second(Millis span) {
  return static_cast<double>(run_for(span).taken_in) / seconds(span);
}

int Bench::most_charged() const {
  return charged_.empty() ? 0 : *std::max_element(charged_.begin(), charged_.end());
}

void Bench::settle(Counts& counts) {
  while (!answers_.empty() && answers_.top().at <= now_) {
    const Answered answered = answers_.top();
    answers_.pop();
    const Reply& reply = answered.reply;
    const bool taken_in = reply.answer == FlowAnswer::taken_in;
    if (!taken_in && flow_.charges(reply.answer, chance())) {
      ++counts.charged;
      const auto index = static_cast<std::size_t>(answered.row.id.value);
      if (charged_.size() <= index) charged_.resize(index + 1000);
      ++charged_[index];
    }
    // As it is noticed, which may be later than the answer came.
    flow_.on_answer({.row = answered.row.id,
                     .answer = reply.answer,
                     .latency = reply.latency,
                     .in_flight = in_flight() + 1,
                     .retry_after = reply.retry_after},
                    now_, chance());
    if (taken_in) {
      ++counts.taken_in;
      continue;
    }
    ++counts.failed;
    const auto span = settings_.longest_retry - settings_.shortest_retry;
    const Millis pause = settings_.shortest_retry +
                         Millis{static_cast<Millis::rep>(chance() * static_cast<double>(span.count()))};
    retries_.push({now_ + std::max(pause, reply.retry_after.value_or(0ms)),
                   {answered.row.id, answered.row.attempts + 1}});
  }
}

bool Bench::fresh_row_ready() const {
  return backlog_left_ > 0 || came_ >= 1 || !fresh_rows_.empty();
}

Bench::Row Bench::next_row() {
  const bool retry = !retries_.empty() && retries_.top().due <= now_;
  const bool fresh = fresh_row_ready();
  retry_next_ = !retry_next_;
  if (fresh && (!retry || !retry_next_ || flow_.wants_other_rows())) {
    if (!fresh_rows_.empty()) {
      const Row row{fresh_rows_.front()};
      fresh_rows_.pop();
      return row;
    }
    came_ >= 1 ? came_ -= 1 : static_cast<double>(--backlog_left_);
    return {OutboxId{next_row_++}};
  }
  const Row row = retries_.top().row;
  retries_.pop();
  return row;
}

void Bench::send(Counts& counts) {
  came_ += settings_.rows_per_second * seconds(now_ - came_at_);
  came_at_ = now_;
  for (;;) {
    const bool retry = !retries_.empty() && retries_.top().due <= now_;
    const bool fresh = fresh_row_ready();
    if (!retry && !fresh) return;
    const int ready = fresh ? 1000 : 1;
    if (flow_.permits(now_, {.ready = ready, .untried = fresh, .in_flight = in_flight()}) <= 0) return;
    const Row row = next_row();
    flow_.on_sent();
    ++counts.sent;
    const Reply reply = tracker_(row.id, now_, chance());
    answers_.push({now_ + reply.latency, sent_++, row, reply});
    most_in_flight = std::max(most_in_flight, in_flight());
  }
}

/// In steps of a turn, as far as something can happen.
SteadyTime Bench::next_event(SteadyTime end) const {
  SteadyTime next = end;
  if (!answers_.empty()) next = std::min(next, answers_.top().at);
  const bool waits = fresh_row_ready() || (!retries_.empty() && retries_.top().due <= now_);
  if (!retries_.empty() && retries_.top().due > now_) next = std::min(next, retries_.top().due);
  if (settings_.rows_per_second > 0 && came_ < 1) {
    const double wait = (1 - came_) / settings_.rows_per_second;
    next =
        std::min(next, now_ + std::chrono::nanoseconds{static_cast<std::int64_t>(std::ceil(wait * 1e9)) + 1});
  }
  if (const auto at = flow_.next_at(); at && waits) next = std::min(next, *at);
  return std::min(end, std::max(next, now_ + settings_.turn));
}

}  // namespace keitaro_outbox::flow_bench
