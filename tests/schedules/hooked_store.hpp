#pragma once

#include "ports/outbox_store.hpp"
#include "schedules/port_hooks.hpp"

namespace keitaro_outbox::simulation {

/// Forwards every call to another store, and tells the hooks before and after. One that overrides a call is a
/// fault.
class HookedStore : public ports::OutboxStore {
 private:
  template <typename Work>
  auto around(PortCall call, Work&& work) {
    hooks_.before(call);
    if constexpr (std::is_void_v<decltype(work())>) {
      work();
      hooks_.after(call);
    } else {
      auto result = work();
      hooks_.after(call);
      return result;
    }
  }

 public:
  HookedStore(ports::OutboxStore& inner, PortHooks& hooks) : inner_(inner), hooks_(hooks) {}

  void begin_read() override {
    around(PortCall::begin_read, [&] { inner_.begin_read(); });
  }
  void begin_write() override {
    around(PortCall::begin_write, [&] { inner_.begin_write(); });
  }
  void commit() override {
    around(PortCall::commit, [&] { inner_.commit(); });
  }
  void publish() override {
    around(PortCall::commit, [&] { inner_.publish(); });
  }
  void sync() override {
    around(PortCall::sync, [&] { inner_.sync(); });
  }
  void rollback() noexcept override { inner_.rollback(); }
  bool foreign_commits() override {
    return around(PortCall::foreign_commits, [&] { return inner_.foreign_commits(); });
  }

  std::vector<std::string> trackers_with_pending(std::size_t limit) override {
    return around(PortCall::trackers_with_pending, [&] { return inner_.trackers_with_pending(limit); });
  }
  void fresh(std::string_view tracker, core::OutboxId after, std::size_t limit,
             std::vector<core::OutboxId>& out) override {
    around(PortCall::fresh, [&] { inner_.fresh(tracker, after, limit, out); });
  }
  void due(std::string_view tracker, core::WallTime now, std::size_t limit,
           std::vector<ports::DueRow>& out) override {
    around(PortCall::due, [&] { inner_.due(tracker, now, limit, out); });
  }
  std::optional<core::WallTime> next_due(std::string_view tracker, core::WallTime now) override {
    return around(PortCall::next_due, [&] { return inner_.next_due(tracker, now); });
  }
  std::optional<ports::LoadedRow> load_row(core::OutboxId id) override {
    return around(PortCall::load_row, [&] { return inner_.load_row(id); });
  }
  bool has_pending(std::string_view tracker) override {
    return around(PortCall::has_pending, [&] { return inner_.has_pending(tracker); });
  }
  std::vector<std::string> paused_trackers() override {
    return around(PortCall::paused_trackers, [&] { return inner_.paused_trackers(); });
  }

  void block(core::OutboxId id, core::OutboxId waits_for) override {
    around(PortCall::block, [&] { inner_.block(id, waits_for); });
  }
  void unblock_next(const ports::ClickKey& click) override {
    around(PortCall::unblock_next, [&] { inner_.unblock_next(click); });
  }
  bool sweep_waiting(ports::SweepPosition& position, std::size_t limit) override {
    return around(PortCall::sweep_waiting, [&] { return inner_.sweep_waiting(position, limit); });
  }
  bool record(const ports::RowResult& result) override {
    return around(PortCall::record, [&] { return inner_.record(result); });
  }
  void record_attempt(const ports::FailedAttempt& attempt) override {
    around(PortCall::record_attempt, [&] { inner_.record_attempt(attempt); });
  }
  void record_taken_in(const ports::ClickKey& click, std::string_view tid, const core::LedgerEntry& entry,
                       core::WallTime now) override {
    around(PortCall::record_taken_in, [&] { inner_.record_taken_in(click, tid, entry, now); });
  }
  void record_breaker(const ports::BreakerState& note) override {
    around(PortCall::record_breaker, [&] { inner_.record_breaker(note); });
  }
  void forget_breakers() override {
    around(PortCall::forget_breakers, [&] { inner_.forget_breakers(); });
  }
  std::optional<core::OutboxId> explain_waiting(std::string_view tracker, core::OutboxId after,
                                                std::string_view reason, std::size_t limit) override {
    return around(PortCall::explain_waiting,
                  [&] { return inner_.explain_waiting(tracker, after, reason, limit); });
  }

 private:
  ports::OutboxStore& inner_;
  PortHooks& hooks_;
};

}  // namespace keitaro_outbox::simulation
