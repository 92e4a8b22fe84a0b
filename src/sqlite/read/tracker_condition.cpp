#include "sqlite/read/tracker_condition.hpp"

namespace keitaro_outbox::sqlite {

ports::TrackerCondition read_condition(const Run& run) {
  return {.tracker = run.text(0),
          .paused_at = run.optional_time(1),
          .breaker = run.text(2),
          .breaker_at = run.optional_time(3),
          .next_try_at = run.optional_time(4),
          .reason = run.optional_text(5)};
}

}  // namespace keitaro_outbox::sqlite
