#include "schedules/people.hpp"

#include <algorithm>
#include <vector>

#include "schedules/expectation.hpp"

namespace keitaro_outbox::simulation {

People::People(SimDatabase& database, const SimClock& clock, SimRandom& chance, int trackers)
    : database_(database),
      clock_(clock),
      chance_(chance),
      trackers_(trackers),
      clicks_(static_cast<int>(chance.between(1, 5))) {}

std::string People::act() {
  return chance_.happens(0.65) ? write_conversions(chance_.between(1, 4)) : mend();
}

std::string People::flood() {
  clicks_ = 60;
  return write_conversions(250);
}

std::string People::pause_or_resume() {
  const std::string tracker = "t" + std::to_string(chance_.below(static_cast<std::uint64_t>(trackers_)));
  const std::string paused_at = chance_.happens(0.5) ? "1" : "NULL";
  database_.sql("INSERT INTO outbox_trackers (tracker, paused_at) VALUES ('" + tracker + "', " + paused_at +
                ") ON CONFLICT (tracker) DO UPDATE SET paused_at = " + paused_at);
  return "the operator sets paused_at of " + tracker + " to " + paused_at;
}

std::string People::resume_all() {
  database_.sql("UPDATE outbox_trackers SET paused_at = NULL");
  return "the operator resumes every tracker";
}

std::string People::write_conversions(std::int64_t count) {
  database_.sql("BEGIN IMMEDIATE");
  for (std::int64_t i = 0; i < count; ++i) database_.insert(any_conversion());
  const bool keeps = chance_.happens(0.95);
  database_.sql(keeps ? "COMMIT" : "ROLLBACK");
  return "the application writes " + std::to_string(count) + " rows" + (keeps ? "" : " and takes them back");
}

NewRow People::any_conversion() {
  static const std::vector<std::string> kStatuses{"lead",   "lead",   "sale",   "sale", "rejected",
                                                  "rebill", "rebill", "wait",   "hold", "approve",
                                                  "cancel", "trash",  " Sale ", "HOLD", "nonsense"};
  static const std::vector<std::string> kTids{"", "", "t1", "t2"};
  static const std::vector<std::string> kPayouts{"", "", "", "1", "1.0", "01.50", "1.5", "-3", "0"};
  static const std::vector<std::string> kCurrencies{"", "", "usd", "USD", "eur"};
  const auto unless_empty = [](const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
  };
  NewRow row;
  row.tracker = chance_.happens(0.04)
                    ? "elsewhere"
                    : "t" + std::to_string(chance_.below(static_cast<std::uint64_t>(trackers_)));
  row.subid = "c" + std::to_string(chance_.below(static_cast<std::uint64_t>(clicks_)));
  row.status = chance_.pick(kStatuses);
  row.tid = unless_empty(chance_.pick(kTids));
  row.payout = unless_empty(chance_.pick(kPayouts));
  row.currency = unless_empty(chance_.pick(kCurrencies));
  if (chance_.happens(0.2)) row.params = unless_empty(chance_.pick(params_spellings()).written);
  if (chance_.happens(0.1)) row.event_id = "event " + std::to_string(++events_);
  if (chance_.happens(0.2)) row.due_at = core::unix_millis(clock_.wall()) + chance_.between(-5'000, 30'000);
  return row;
}

/// A late one, and often the same again: people change their minds.
std::string People::any_row() {
  const auto last = database_.number("SELECT coalesce(max(id), 1) FROM outbox");
  if (!chance_.happens(0.4)) last_touched_ = chance_.between(std::max<std::int64_t>(1, last - 30), last);
  return "id = " + std::to_string(last_touched_);
}

std::string People::mend() {
  const std::string due = std::to_string(core::unix_millis(clock_.wall()) + chance_.between(-1'000, 20'000));
  const std::string row = any_row();
  const std::vector<std::string> statements{
      "UPDATE outbox SET state = 'cancelled' WHERE " + row,
      "UPDATE outbox SET state = 'cancelled' WHERE state = 'pending' AND " + row,
      "UPDATE outbox SET state = 'pending', due_at = 0 WHERE " + row,
      "UPDATE outbox SET state = 'pending', due_at = 0 WHERE state <> 'pending' AND " + row,
      "UPDATE outbox SET state = 'pending', due_at = 0 WHERE state = 'dead'",
      "UPDATE outbox SET state = 'pending' WHERE " + row,
      "UPDATE outbox SET state = 'pending', due_at = " + due + " WHERE " + row,
      "UPDATE outbox SET due_at = 0 WHERE state = 'pending'",
      "UPDATE outbox SET due_at = " + due + " WHERE state = 'pending' AND " + row,
      "UPDATE outbox SET state = 'cancelled' WHERE state = 'pending' AND subid = 'c0'",
      "DELETE FROM outbox WHERE " + row,
      "DELETE FROM outbox WHERE state <> 'pending' AND " + row,
      "INSERT OR REPLACE INTO outbox (tracker, subid, status, event_id) VALUES ('t0', 'c0', 'sale', 'event " +
          std::to_string(events_) + "')",
  };
  const std::string& statement = chance_.pick(statements);
  database_.sql(statement);
  return "the operator: " + statement;
}

}  // namespace keitaro_outbox::simulation
