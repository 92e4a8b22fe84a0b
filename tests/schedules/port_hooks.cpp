#include "schedules/port_hooks.hpp"

#include <array>

namespace keitaro_outbox::simulation {

std::string_view name_of(PortCall call) {
  constexpr std::array<std::string_view, 24> kNames{"begin_read",      "begin_write",
                                                    "commit",          "sync",
                                                    "foreign_commits", "trackers_with_pending",
                                                    "fresh",           "due",
                                                    "next_due",        "load_rows",
                                                    "ledger_entries",  "has_pending",
                                                    "paused_trackers", "open_breakers",
                                                    "block",           "sweep_waiting",
                                                    "record",          "bring_back",
                                                    "record_breaker",  "forget_breakers",
                                                    "explain_waiting", "submit",
                                                    "collect",         "observe"};
  return kNames.at(static_cast<std::size_t>(call));
}

}  // namespace keitaro_outbox::simulation
