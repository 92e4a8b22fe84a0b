#pragma once

#include "ports/observer.hpp"

namespace keitaro_outbox::worker {

/// Passes everything on; one that overrides a call adds something to it. What the next one throws, for lack
/// of memory or otherwise, ends here: the delivery must not stop half-way for want of a line in a log.
class ForwardingObserver : public ports::Observer {
 public:
  /// `next` must outlive it; nullptr for nobody.
  explicit ForwardingObserver(ports::Observer* next) : next_(next ? *next : silent_) {}
  ForwardingObserver(const ForwardingObserver&) = delete;
  ForwardingObserver& operator=(const ForwardingObserver&) = delete;

  void on_delivered(const ports::RowEvent& event) override {
    pass_on([&] { next_.on_delivered(event); });
  }
  void on_retry(const ports::RowEvent& event, core::WallTime at) override {
    pass_on([&] { next_.on_retry(event, at); });
  }
  void on_dead(const ports::RowEvent& event) override {
    pass_on([&] { next_.on_dead(event); });
  }
  void on_refused(const ports::RowEvent& event) override {
    pass_on([&] { next_.on_refused(event); });
  }
  void on_duplicate(const ports::RowEvent& event) override {
    pass_on([&] { next_.on_duplicate(event); });
  }
  void on_cancelled(const ports::RowEvent& event) override {
    pass_on([&] { next_.on_cancelled(event); });
  }
  void on_overtaken(const ports::RowEvent& event) override {
    pass_on([&] { next_.on_overtaken(event); });
  }
  void on_flow(std::string_view tracker, std::string_view words) override {
    pass_on([&] { next_.on_flow(tracker, words); });
  }
  void on_breaker(std::string_view tracker, core::CircuitBreaker::Phase phase,
                  std::string_view why) override {
    pass_on([&] { next_.on_breaker(tracker, phase, why); });
  }
  void on_unknown_tracker(std::string_view tracker) override {
    pass_on([&] { next_.on_unknown_tracker(tracker); });
  }
  void on_paused(std::string_view tracker) override {
    pass_on([&] { next_.on_paused(tracker); });
  }
  void on_resumed(std::string_view tracker) override {
    pass_on([&] { next_.on_resumed(tracker); });
  }
  void on_store_trouble(std::string_view what, core::Millis next_try_in) override {
    pass_on([&] { next_.on_store_trouble(what, next_try_in); });
  }
  void on_store_recovered() override {
    pass_on([&] { next_.on_store_recovered(); });
  }
  void on_own_trouble(std::string_view what, core::Millis next_try_in) override {
    pass_on([&] { next_.on_own_trouble(what, next_try_in); });
  }
  void on_store_replaced(std::string_view what) override {
    pass_on([&] { next_.on_store_replaced(what); });
  }
  void on_answers_recovered(std::size_t rows) override {
    pass_on([&] { next_.on_answers_recovered(rows); });
  }
  void on_resumed_restored(std::int64_t groups) override {
    pass_on([&] { next_.on_resumed_restored(groups); });
  }
  void on_standing_by() override {
    pass_on([&] { next_.on_standing_by(); });
  }
  void on_long_wait(ports::LongWait why) override {
    pass_on([&] { next_.on_long_wait(why); });
  }
  void on_taking_over() override {
    pass_on([&] { next_.on_taking_over(); });
  }
  void on_abandoned(int in_flight, std::size_t unrecorded) override {
    pass_on([&] { next_.on_abandoned(in_flight, unrecorded); });
  }
  void on_pruned(const ports::PruneEvent& event) override {
    pass_on([&] { next_.on_pruned(event); });
  }
  void on_prune_failed(std::string_view what) override {
    pass_on([&] { next_.on_prune_failed(what); });
  }

 private:
  template <typename Call>
  static void pass_on(Call&& call) noexcept {
    try {
      call();
    } catch (...) {  // There is nobody left to tell.
    }
  }

  ports::Observer silent_;
  ports::Observer& next_;
};

}  // namespace keitaro_outbox::worker
