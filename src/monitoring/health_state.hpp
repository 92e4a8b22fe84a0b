#pragma once

#include <atomic>
#include <string>

#include "monitoring/notify_socket.hpp"
#include "worker/engine.hpp"
#include "worker/forwarding_observer.hpp"

namespace keitaro_outbox::monitoring {

/// The answer to a question after the process's health: one line of text for people.
struct Health {
  bool ok = false;
  std::string text;
};

/// Whether the process lives and can do its work. Told by the thread that delivers, asked by any. The same
/// thread feeds systemd's watchdog from here, so that a loop that hangs is noticed.
class HealthState final : public worker::ForwardingObserver {
 public:
  /// A turn may wait for a database that somebody has locked; one that takes longer than this hangs.
  static constexpr std::chrono::seconds kLongestTurn{30};

  /// `socket` must outlive it.
  HealthState(const NotifySocket& socket, ports::Observer* next);

  /// For EngineOptions::on_turn.
  void turned(worker::RunPhase phase) noexcept;

  void on_store_trouble(std::string_view what, core::Millis next_try_in) override;
  void on_store_recovered() override;

  /// Whether the loop turns. Trouble of a tracker, or of the database, is no reason to start the process
  /// anew.
  Health live() const;

  /// Whether the process does its work: delivers, or stands by for another that does; with a database that
  /// can be used.
  Health ready() const;

  bool database_ok() const { return database_ok_.load(std::memory_order_relaxed); }
  worker::RunPhase phase() const { return phase_.load(std::memory_order_relaxed); }
  core::Millis since_last_turn() const;

 private:
  const NotifySocket& socket_;
  std::atomic<core::SteadyTime> turned_at_;
  std::atomic<worker::RunPhase> phase_{worker::RunPhase::starting};
  std::atomic<bool> database_ok_{true};
  core::SteadyTime watchdog_fed_at_{};
  bool stopping_told_ = false;
};

std::string_view name_of(worker::RunPhase phase);

}  // namespace keitaro_outbox::monitoring
