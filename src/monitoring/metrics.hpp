#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "delivery/tracker_snapshot.hpp"
#include "monitoring/backlog_counter.hpp"
#include "monitoring/health_state.hpp"
#include "ports/leadership.hpp"
#include "ports/timing.hpp"
#include "worker/forwarding_observer.hpp"

namespace keitaro_outbox::monitoring {

/// What is read off at the moment of a scrape.
struct Reading {
  std::string database;  ///< The file's name, without its folder: the label of what each database has once.
  worker::RunPhase phase = worker::RunPhase::starting;
  bool database_ok = true;
  core::Millis since_last_turn{};
  std::vector<delivery::TrackerSnapshot> trackers;  ///< Of the configuration: only these become labels.
  Backlog backlog;
  std::optional<std::uint64_t> wal_bytes;                 ///< Of a SQLite database.
  std::optional<ports::WorkerShare::Figures> share = {};  ///< Where several workers share the rows.
  std::map<std::string, std::string> libraries;           ///< Their versions by name.
};

/// Counts what happens, as Prometheus wants it told. The thread that delivers calls the observer's side.
class Metrics final : public worker::ForwardingObserver {
 public:
  /// `trackers` are those that have their series from the start.
  Metrics(const std::vector<std::string>& trackers, ports::Observer* next);
  ~Metrics() override;

  void on_delivered(const ports::RowEvent& event) override;
  void on_retry(const ports::RowEvent& event, core::WallTime at) override;
  void on_dead(const ports::RowEvent& event) override;
  void on_refused(const ports::RowEvent& event) override;
  void on_duplicate(const ports::RowEvent& event) override;
  void on_cancelled(const ports::RowEvent& event) override;
  void on_overtaken(const ports::RowEvent& event) override;
  void on_breaker(std::string_view tracker, core::CircuitBreaker::Phase phase, std::string_view why) override;
  void on_store_trouble(std::string_view what, core::Millis next_try_in) override;

  /// From any thread.
  void on_timing(ports::Timed what, std::chrono::nanoseconds took);

  /// Everything in Prometheus' text format. From any thread.
  std::string text(const Reading& reading) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// The content type of that text.
inline constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace keitaro_outbox::monitoring
