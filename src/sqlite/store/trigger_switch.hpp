#pragma once

#include <cstdint>
#include <optional>

#include "sqlite/base/database.hpp"

namespace keitaro_outbox::sqlite {

/// Turns triggers off on a connection whose writes need none of the schema's own, as long as the application
/// has none on these tables. The schema's triggers answer to what an operator does by SQL; with the worker's
/// own updates they find nothing to do, yet to find that out takes SQLite longer than the updates themselves.
class TriggerSwitch {
 public:
  explicit TriggerSwitch(SQLite::Database& db);

  /// Inside a writing transaction, before its first write: an application may have added a trigger meanwhile.
  /// Throws SQLite::Exception.
  void look();

  /// Whether the connection's triggers are on.
  bool on() const { return on_; }
  void set(bool on);

 private:
  SQLite::Database& db_;
  SQLite::Statement schema_version_;
  std::optional<std::int64_t> seen_version_;
  bool on_ = true;
};

/// No trigger runs while it lives.
class WithoutTriggers {
 public:
  explicit WithoutTriggers(TriggerSwitch& triggers) : triggers_(triggers), were_on_(triggers.on()) {
    if (were_on_) triggers_.set(false);
  }
  ~WithoutTriggers() {
    if (were_on_) triggers_.set(true);
  }
  WithoutTriggers(const WithoutTriggers&) = delete;
  WithoutTriggers& operator=(const WithoutTriggers&) = delete;

 private:
  TriggerSwitch& triggers_;
  const bool were_on_;
};

}  // namespace keitaro_outbox::sqlite
