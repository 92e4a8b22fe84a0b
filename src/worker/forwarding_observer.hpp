#pragma once

#include "ports/observer.hpp"

namespace keitaro_outbox::worker {

/// Passes everything on; one that overrides a call adds something to it.
class ForwardingObserver : public ports::Observer {
 public:
  /// `next` must outlive it; nullptr for nobody.
  explicit ForwardingObserver(ports::Observer* next) : next_(next ? *next : silent_) {}
  ForwardingObserver(const ForwardingObserver&) = delete;
  ForwardingObserver& operator=(const ForwardingObserver&) = delete;

  void on_delivered(const ports::RowEvent& event) override { next_.on_delivered(event); }
  void on_retry(const ports::RowEvent& event, core::WallTime at) override { next_.on_retry(event, at); }
  void on_dead(const ports::RowEvent& event) override { next_.on_dead(event); }
  void on_refused(const ports::RowEvent& event) override { next_.on_refused(event); }
  void on_duplicate(const ports::RowEvent& event) override { next_.on_duplicate(event); }
  void on_overtaken(const ports::RowEvent& event) override { next_.on_overtaken(event); }
  void on_breaker(std::string_view tracker, core::Breaker::Phase phase, std::string_view why) override {
    next_.on_breaker(tracker, phase, why);
  }
  void on_unknown_tracker(std::string_view tracker) override { next_.on_unknown_tracker(tracker); }
  void on_paused(std::string_view tracker) override { next_.on_paused(tracker); }
  void on_resumed(std::string_view tracker) override { next_.on_resumed(tracker); }
  void on_store_trouble(std::string_view what, core::Millis next_try_in) override {
    next_.on_store_trouble(what, next_try_in);
  }
  void on_store_recovered() override { next_.on_store_recovered(); }
  void on_standing_by() override { next_.on_standing_by(); }
  void on_taking_over() override { next_.on_taking_over(); }
  void on_abandoned(int in_flight, std::size_t unrecorded) override {
    next_.on_abandoned(in_flight, unrecorded);
  }

 private:
  ports::Observer silent_;
  ports::Observer& next_;
};

}  // namespace keitaro_outbox::worker
