#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "ports/observer.hpp"
#include "worker/engine.hpp"

namespace keitaro_outbox::worker {

/// Counts what happens, for any thread to read, and passes it on. What the next one throws, for lack of
/// memory or otherwise, ends here: the delivery must not stop half-way for want of a line in a log.
class CountingObserver final : public ports::Observer {
 public:
  explicit CountingObserver(ports::Observer* next) : next_(next ? *next : silent_) {}

  Counts counts() const;

  /// Told of each row that is done with, and whether the tracker has taken it in. Set before the first event.
  void on_finished(std::function<void(core::OutboxId, bool delivered)> listener) {
    finished_ = std::move(listener);
  }

  void on_delivered(const ports::RowEvent& event) override;
  void on_retry(const ports::RowEvent& event, core::WallTime at) override;
  void on_dead(const ports::RowEvent& event) override;
  void on_refused(const ports::RowEvent& event) override;
  void on_duplicate(const ports::RowEvent& event) override;
  void on_cancelled(const ports::RowEvent& event) override;
  void on_overtaken(const ports::RowEvent& event) override;
  void on_breaker(std::string_view tracker, core::Breaker::Phase phase, std::string_view why) override {
    pass_on([&] { next_.on_breaker(tracker, phase, why); });
  }
  void on_unknown_tracker(std::string_view tracker) override {
    pass_on([&] { next_.on_unknown_tracker(tracker); });
  }
  void on_store_trouble(std::string_view what, core::Millis next_try_in) override {
    pass_on([&] { next_.on_store_trouble(what, next_try_in); });
  }
  void on_store_recovered() override {
    pass_on([&] { next_.on_store_recovered(); });
  }
  void on_standing_by() override {
    pass_on([&] { next_.on_standing_by(); });
  }
  void on_taking_over() override {
    pass_on([&] { next_.on_taking_over(); });
  }
  void on_store_replaced(std::string_view what) override {
    pass_on([&] { next_.on_store_replaced(what); });
  }
  void on_resumed_restored(std::int64_t groups) override {
    pass_on([&] { next_.on_resumed_restored(groups); });
  }
  void on_abandoned(int in_flight, std::size_t unrecorded) override {
    pass_on([&] { next_.on_abandoned(in_flight, unrecorded); });
  }
  void on_pruned(const ports::PruneEvent& event) override { next_.on_pruned(event); }
  void on_prune_failed(std::string_view what) override { next_.on_prune_failed(what); }

 private:
  using Counter = std::atomic<std::uint64_t>;

  template <typename Call>
  static void pass_on(Call&& call) noexcept {
    try {
      call();
    } catch (...) {  // There is nobody left to tell.
    }
  }

  void finished(const ports::RowEvent& event, bool delivered) const {
    if (finished_) finished_(event.id, delivered);
  }

  std::function<void(core::OutboxId, bool)> finished_;
  ports::Observer silent_;
  ports::Observer& next_;
  Counter delivered_{0};
  Counter duplicate_{0};
  Counter refused_{0};
  Counter dead_{0};
  Counter retried_{0};
};

}  // namespace keitaro_outbox::worker
