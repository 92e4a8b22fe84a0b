#include "sqlite/read/tracker_condition.hpp"

#include "sqlite/base/columns.hpp"

namespace keitaro_outbox::sqlite {

ports::TrackerCondition read_condition(const Statement::Run& run) {
  return {.tracker = run.text(0),
          .paused_at = optional_time(run, 1),
          .breaker = run.text(2),
          .breaker_at = optional_time(run, 3),
          .next_try_at = optional_time(run, 4),
          .reason = run.optional_text(5)};
}

}  // namespace keitaro_outbox::sqlite
