#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "worker/engine.hpp"
#include "worker/forwarding_observer.hpp"

namespace keitaro_outbox::worker {

/// Counts what happens, for any thread to read, and passes it on.
class CountingObserver final : public ForwardingObserver {
 public:
  using ForwardingObserver::ForwardingObserver;

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

 private:
  using Counter = std::atomic<std::uint64_t>;

  void finished(const ports::RowEvent& event, bool delivered) const {
    if (finished_) finished_(event.id, delivered);
  }

  std::function<void(core::OutboxId, bool)> finished_;
  Counter delivered_{0};
  Counter duplicate_{0};
  Counter refused_{0};
  Counter dead_{0};
  Counter retried_{0};
};

}  // namespace keitaro_outbox::worker
