#pragma once

#include <atomic>

#include "worker/engine.hpp"
#include "worker/forwarding_observer.hpp"

namespace keitaro_outbox::worker {

/// Counts what happens, for any thread to read, and passes it on.
class CountingObserver final : public ForwardingObserver {
 public:
  using ForwardingObserver::ForwardingObserver;

  Counts counts() const;

  void on_delivered(const ports::RowEvent& event) override;
  void on_retry(const ports::RowEvent& event, core::WallTime at) override;
  void on_dead(const ports::RowEvent& event) override;
  void on_refused(const ports::RowEvent& event) override;
  void on_duplicate(const ports::RowEvent& event) override;

 private:
  using Counter = std::atomic<std::uint64_t>;

  Counter delivered_{0};
  Counter duplicate_{0};
  Counter refused_{0};
  Counter dead_{0};
  Counter retried_{0};
};

}  // namespace keitaro_outbox::worker
