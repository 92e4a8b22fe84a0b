#pragma once

#include <exception>
#include <utility>

#include "ports/clock.hpp"
#include "report/row_words.hpp"
#include "web/day_history.hpp"
#include "worker/forwarding_observer.hpp"

namespace keitaro_outbox::app {

/// Counts what happens for the page's history.
class DayObserver final : public worker::ForwardingObserver {
 public:
  DayObserver(web::DayHistory& history, ports::Observer* next)
      : ForwardingObserver(next), history_(history) {}

  void on_delivered(const ports::RowEvent& event) override {
    quietly([&] {
      const core::WallTime now = ports::wall_now();
      history_.add_delivered(now);
      // Of a stream of answers one a second will do.
      if (now - noted_at_ >= core::Millis{1000} || event.tracker != noted_) note(event, now, true);
    });
    ForwardingObserver::on_delivered(event);
  }
  void on_retry(const ports::RowEvent& event, core::WallTime at) override {
    quietly([&] { failed(event); });
    ForwardingObserver::on_retry(event, at);
  }
  void on_dead(const ports::RowEvent& event) override {
    quietly([&] { failed(event); });
    ForwardingObserver::on_dead(event);
  }

 private:
  /// A chart must not end the delivery for lack of memory.
  template <typename Work>
  static void quietly(Work&& work) {
    try {
      work();
    } catch (const std::exception&) {
      // The count lacks one.
    }
  }

  void failed(const ports::RowEvent& event) {
    if (!event.requested) return;
    const core::WallTime now = ports::wall_now();
    history_.add_failed(now);
    if (now - noted_at_ >= core::Millis{1000} || event.tracker != noted_) note(event, now, false);
  }

  void note(const ports::RowEvent& event, core::WallTime now, bool taken_in) {
    noted_at_ = now;
    noted_ = event.tracker;
    std::string words;
    if (event.http_status) words = "HTTP " + std::to_string(*event.http_status);
    if (!event.reason.empty()) words += (words.empty() ? "" : ": ") + std::string(event.reason);
    history_.note_answer(event.tracker, {.at = now, .words = std::move(words), .taken_in = taken_in});
  }

  web::DayHistory& history_;
  core::WallTime noted_at_{};
  std::string noted_;
};

}  // namespace keitaro_outbox::app
