#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/breaker.hpp"
#include "core/row.hpp"

namespace keitaro_outbox::ports {

/// What a row looked like when something became of it. Views are valid during the call only. Never holds the
/// key.
struct RowEvent {
  core::OutboxId id;
  std::string_view tracker;
  std::string_view subid;
  std::optional<core::Status> sent_as;
  int attempts = 0;
  std::optional<int> http_status;
  core::Millis latency{};
  std::string_view reason;
};

/// Told of what happens, after it has been committed. Called by the delivery thread: must be quick and must
/// not throw.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void on_delivered(const RowEvent&) {}
  virtual void on_retry(const RowEvent&, core::WallTime /*at*/) {}
  virtual void on_dead(const RowEvent&) {}
  virtual void on_refused(const RowEvent&) {}
  virtual void on_duplicate(const RowEvent&) {}
  /// The row had been cancelled or finished by somebody else while it was being sent.
  virtual void on_overtaken(const RowEvent&) {}
  virtual void on_breaker(std::string_view /*tracker*/, core::Breaker::Phase, std::string_view /*why*/) {}
  virtual void on_unknown_tracker(std::string_view /*tracker*/) {}
  virtual void on_store_trouble(std::string_view /*what*/, core::Millis /*next_try_in*/) {}
  virtual void on_store_recovered() {}
  /// The database's file is another one than before, and is used from now on.
  virtual void on_store_replaced(std::string_view /*what*/) {}
  /// The operator has accepted an older copy of the database, from which so many groups of outcomes are
  /// missing.
  virtual void on_resumed_restored(std::int64_t /*groups*/) {}
  /// Another worker drains this database; this one takes over when it is gone.
  virtual void on_standing_by() {}
  virtual void on_taking_over() {}
  /// The grace of a stop is over with so many requests in flight, and so many outcomes that could not be
  /// recorded.
  virtual void on_abandoned(int /*in_flight*/, std::size_t /*unrecorded*/) {}
};

}  // namespace keitaro_outbox::ports
