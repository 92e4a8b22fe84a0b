#pragma once

#include <cstdint>
#include <string_view>

namespace keitaro_outbox::simulation {

/// Every call with which the delivery cycle touches the world.
enum class PortCall : std::uint8_t {
  begin_read,
  begin_write,
  commit,  ///< Until others see it.
  sync,    ///< The rest of the commit.
  foreign_commits,
  trackers_with_pending,
  fresh,
  due,
  next_due,
  load_rows,
  ledger_entries,
  has_pending,
  paused_trackers,
  open_breakers,
  block,
  sweep_waiting,
  record,
  bring_back,
  record_breaker,
  forget_breakers,
  explain_waiting,
  submit,
  collect,
  observe
};

std::string_view name_of(PortCall call);

/// Told of every call. What it throws before a call is met instead of the call; after one, in spite of its
/// success.
class PortHooks {
 public:
  virtual ~PortHooks() = default;
  virtual void before(PortCall) {}
  virtual void after(PortCall) {}
};

/// The process is gone, in the middle of a call. Nothing of the code under test may catch it.
struct SimCrash {};

}  // namespace keitaro_outbox::simulation
