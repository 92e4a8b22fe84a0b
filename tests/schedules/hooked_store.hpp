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

  std::size_t preferred_span() const override { return inner_.preferred_span(); }
  bool holds_up_others() const override { return inner_.holds_up_others(); }
  void begin_read() override {
    around(PortCall::begin_read, [&] { inner_.begin_read(); });
  }
  void begin_write() override {
    around(PortCall::begin_write, [&] { inner_.begin_write(); });
  }
  using OutboxStore::commit;
  void commit(const std::function<void()>& visible) override {
    hooks_.before(PortCall::commit);
    inner_.commit([&] {
      hooks_.after(PortCall::commit);
      hooks_.before(PortCall::sync);
      if (visible) visible();
    });
    hooks_.after(PortCall::sync);
  }
  void rollback() noexcept override { inner_.rollback(); }
  bool foreign_commits() override {
    return around(PortCall::foreign_commits, [&] { return inner_.foreign_commits(); });
  }

  std::vector<std::string> trackers_with_pending(std::string_view after, std::size_t limit) override {
    return around(PortCall::trackers_with_pending,
                  [&] { return inner_.trackers_with_pending(after, limit); });
  }
  void fresh(std::string_view tracker, core::OutboxId after, std::size_t limit, Known known,
             std::vector<core::OutboxId>& out) override {
    around(PortCall::fresh, [&] { inner_.fresh(tracker, after, limit, known, out); });
  }
  void due(std::string_view tracker, core::WallTime now, std::size_t limit,
           std::vector<ports::DueRow>& out) override {
    around(PortCall::due, [&] { inner_.due(tracker, now, limit, out); });
  }
  std::optional<core::WallTime> next_due(std::string_view tracker, core::WallTime now) override {
    return around(PortCall::next_due, [&] { return inner_.next_due(tracker, now); });
  }
  void load_rows(std::span<const core::OutboxId> ids, const ports::InProgressSlot& in_progress,
                 std::vector<ports::LoadedRow>& out) override {
    around(PortCall::load_rows, [&] { inner_.load_rows(ids, in_progress, out); });
  }
  void ledger_entries(std::string_view tracker, std::span<const ports::LedgerLookup> lookups,
                      const ports::InProgressSlot& in_progress,
                      std::vector<std::optional<core::LedgerEntry>>& out) override {
    around(PortCall::ledger_entries, [&] { inner_.ledger_entries(tracker, lookups, in_progress, out); });
  }
  bool has_pending(std::string_view tracker) override {
    return around(PortCall::has_pending, [&] { return inner_.has_pending(tracker); });
  }
  std::vector<std::string> paused_trackers() override {
    return around(PortCall::paused_trackers, [&] { return inner_.paused_trackers(); });
  }

  std::vector<ports::BreakerState> open_breakers() override {
    return around(PortCall::open_breakers, [&] { return inner_.open_breakers(); });
  }
  void block(std::span<const ports::BlockedRow> rows) override {
    around(PortCall::block, [&] { inner_.block(rows); });
  }
  bool sweep_waiting(ports::SweepPosition& position, std::size_t limit) override {
    return around(PortCall::sweep_waiting, [&] { return inner_.sweep_waiting(position, limit); });
  }
  void record(std::span<ports::OutcomeRecord> records, const ports::InProgressSlot& in_progress) override {
    around(PortCall::record, [&] { inner_.record(records, in_progress); });
  }
  bool bring_back(std::string_view tracker, core::WallTime now, core::WallTime beyond) override {
    return around(PortCall::bring_back, [&] { return inner_.bring_back(tracker, now, beyond); });
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
