#include "worker/counting_observer.hpp"

namespace keitaro_outbox::worker {

namespace {

void count(std::atomic<std::uint64_t>& counter) {
  counter.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

Counts CountingObserver::counts() const {
  Counts counts;
  counts.delivered = delivered_.load(std::memory_order_relaxed);
  counts.duplicate = duplicate_.load(std::memory_order_relaxed);
  counts.refused = refused_.load(std::memory_order_relaxed);
  counts.dead = dead_.load(std::memory_order_relaxed);
  counts.retried = retried_.load(std::memory_order_relaxed);
  return counts;
}

void CountingObserver::on_delivered(const ports::RowEvent& event) {
  count(delivered_);
  finished(event, true);
  pass_on([&] { next_.on_delivered(event); });
}

void CountingObserver::on_retry(const ports::RowEvent& event, core::WallTime at) {
  count(retried_);
  pass_on([&] { next_.on_retry(event, at); });
}

void CountingObserver::on_dead(const ports::RowEvent& event) {
  count(dead_);
  finished(event, false);
  pass_on([&] { next_.on_dead(event); });
}

void CountingObserver::on_refused(const ports::RowEvent& event) {
  count(refused_);
  finished(event, false);
  pass_on([&] { next_.on_refused(event); });
}

void CountingObserver::on_duplicate(const ports::RowEvent& event) {
  count(duplicate_);
  finished(event, false);
  pass_on([&] { next_.on_duplicate(event); });
}

void CountingObserver::on_cancelled(const ports::RowEvent& event) {
  finished(event, false);
  pass_on([&] { next_.on_cancelled(event); });
}

void CountingObserver::on_overtaken(const ports::RowEvent& event) {
  finished(event, false);
  pass_on([&] { next_.on_overtaken(event); });
}

}  // namespace keitaro_outbox::worker
