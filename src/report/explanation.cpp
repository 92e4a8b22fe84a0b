#include "report/explanation.hpp"

#include <algorithm>

#include "core/text/database_name.hpp"
#include "keitaro_outbox/version.hpp"
#include "report/row_words.hpp"
#include "report/time_words.hpp"
#include "report/verdict_words.hpp"

namespace keitaro_outbox::report {
namespace {

using core::State;

std::string row_name(core::OutboxId id) {
  return "row " + std::to_string(id.value);
}

/// What has come to pass since it was written down.
bool is_past(core::WallTime time, const RowFacts& facts) {
  return time <= facts.now;
}

std::string in_words(core::WallTime time, core::WallTime now) {
  return "in " + until_words(time, now) + " (" + time_words(time) + ")";
}

void tell_beginning(const RowFacts& facts, std::vector<StoryEvent>& story) {
  const ports::RowRecord& row = facts.row;
  story.push_back({row.created_at, "written", "written"});
  // A try that fails puts its own time in the place of the one that was asked for.
  const bool still_as_written = facts.failed_attempts.empty() && row.attempts <= 1;
  if (still_as_written && row.due_at > row.created_at && row.due_at > core::wall_time(1))
    story.push_back({row.created_at, "scheduled", "not to be sent before " + time_words(row.due_at)});
}

void tell_attempts(const RowFacts& facts, std::vector<StoryEvent>& story) {
  std::int64_t told = 0;
  for (const ports::AttemptRecord& attempt : facts.failed_attempts) {
    std::string text = "try " + std::to_string(attempt.attempt) + " failed after " +
                       std::to_string(attempt.latency.count()) + " ms: " + attempt.error;
    if (attempt.response && !attempt.response->empty()) text += " \"" + *attempt.response + "\"";
    story.push_back({attempt.started_at, "attempt_failed", std::move(text)});
    ++told;
  }
  // The one that succeeded is told with the row's end.
  const std::int64_t missing = facts.row.attempts - told - (facts.row.state == State::delivered ? 1 : 0);
  if (missing > 0) {
    story.push_back({std::nullopt, "attempt_failed",
                     count_words(missing, "more try is", "more tries are") + " not on record any more"});
  }
}

/// What the tracker has of the conversion: by that the row was judged, or that came of it.
void tell_conversion(const RowFacts& facts, std::vector<StoryEvent>& story) {
  if (!facts.conversion) return;
  const ports::ConversionRecord& conversion = *facts.conversion;
  if (conversion.outbox_id == facts.row.id) return;
  std::string text = "the tracker took in " + conversion.status;
  const std::string said =
      facts_words(std::nullopt, conversion.payout, conversion.cost, conversion.currency, conversion.params);
  if (!said.empty()) text += ", " + said;
  text += ", from " + row_name(conversion.outbox_id);
  const State state = facts.row.state;
  if ((state == State::refused || state == State::duplicate) && facts.row.finished_at &&
      conversion.taken_in_at <= *facts.row.finished_at)
    text += ": by that this row was judged";
  story.push_back({conversion.taken_in_at, "taken_in", std::move(text)});
}

void tell_end(const RowFacts& facts, std::vector<StoryEvent>& story) {
  const ports::RowRecord& row = facts.row;
  if (row.state == State::pending) return;
  std::string text(core::name_of(row.state));
  if (row.state == State::delivered) {
    const std::string answer = answer_words(row.http_status, row.response);
    if (!answer.empty()) text += ": " + answer;
  }
  if (row.reason && !row.reason->empty()) text += (row.state == State::delivered ? "; " : ": ") + *row.reason;
  story.push_back({row.finished_at, "finished", std::move(text)});
}

/// What the tracker's own records say of what was sent for this row.
void tell_verdict(const RowFacts& facts, std::vector<StoryEvent>& story) {
  if (!facts.conversion || facts.conversion->outbox_id != facts.row.id) return;
  if (facts.row.state != State::delivered) return;
  std::string text = verdict_words(*facts.conversion, facts.now);
  if (text.empty()) return;
  const auto at = facts.conversion->verdict_at;
  story.push_back({at ? at : std::optional(facts.now), "verified", std::move(text)});
}

std::vector<StoryEvent> story_of(const RowFacts& facts) {
  std::vector<StoryEvent> story;
  tell_beginning(facts, story);
  tell_attempts(facts, story);
  tell_conversion(facts, story);
  tell_end(facts, story);
  tell_verdict(facts, story);
  // What has no time stays behind what was told before it.
  core::WallTime last{};
  std::vector<std::pair<core::WallTime, StoryEvent>> timed;
  for (StoryEvent& event : story) {
    last = event.at.value_or(last);
    timed.emplace_back(last, std::move(event));
  }
  std::ranges::stable_sort(timed, {}, &std::pair<core::WallTime, StoryEvent>::first);
  story.clear();
  for (auto& [at, event] : timed) story.push_back(std::move(event));
  return story;
}

std::string breaker_words(const ports::TrackerCondition& condition, core::WallTime now) {
  std::string text;
  if (condition.breaker == "ramping") {
    text = "the tracker takes postbacks again, and the load grows step by step";
  } else {
    text = "the tracker fails for all, so sending to it is stopped";
    if (condition.breaker_at) text += " since " + time_words(*condition.breaker_at);
    if (condition.next_try_at && *condition.next_try_at > now)
      text += ", and it is tried again " + in_words(*condition.next_try_at, now);
  }
  if (condition.reason && !condition.reason->empty()) text += ": " + *condition.reason;
  return text;
}

std::string backoff_words(const RowFacts& facts) {
  std::string text = "a try failed";
  if (facts.row.reason && !facts.row.reason->empty()) text += ": " + *facts.row.reason;
  return text;
}

/// That no worker knows the row's tracker, in words; nullopt where that is not known. Without a configuration
/// the worker said so in the row itself: of one that was never tried it says nothing else.
std::optional<std::string> unknown_tracker(const RowFacts& facts) {
  const ports::RowRecord& row = facts.row;
  if (facts.outcome)
    return facts.outcome->action == "wait" ? std::optional(facts.outcome->reason) : std::nullopt;
  return row.attempts == 0 && !row.waits_for ? row.reason : std::nullopt;
}

std::vector<Obstacle> obstacles_of(const RowFacts& facts) {
  const ports::RowRecord& row = facts.row;
  std::vector<Obstacle> out;
  if (facts.worker_running == false) out.push_back({"no_worker", "no worker runs on this host"});
  if (facts.groups_missing > 0)
    out.push_back({"older_copy", "the database is an older copy, so nothing is sent"});
  if (auto unknown = unknown_tracker(facts)) out.push_back({"unknown_tracker", *std::move(unknown)});
  if (facts.condition.paused_at) out.push_back({"paused", "the tracker is paused"});
  if (facts.earlier) {
    out.push_back({"behind", row_name(facts.earlier->id) + " of the same click goes first" +
                                 (is_past(facts.earlier->due_at, facts)
                                      ? std::string()
                                      : ", and is due " + in_words(facts.earlier->due_at, facts.now))});
  }
  if (row.unrecorded > 0 && row.reason) {
    // The reason is the whole story: the try itself may have succeeded.
    out.push_back({"unrecorded", *row.reason});
  } else if (!is_past(row.due_at, facts)) {
    out.push_back(row.attempts > 0
                      ? Obstacle{"backoff", backoff_words(facts)}
                      : Obstacle{"scheduled", "it is not to be sent before " + time_words(row.due_at)});
  }
  if (facts.condition.breaker != "closed")
    out.push_back({"breaker", breaker_words(facts.condition, facts.now)});
  if (out.empty() && facts.rows_before > 0) {
    out.push_back(
        {"queue", count_words(facts.rows_before, "row", "rows") + " of this tracker came before it"});
  }
  if ((out.empty() || out.back().what == "queue") && facts.condition.breaker == "closed" &&
      facts.condition.reason)
    out.push_back({"flow", "the tracker " + *facts.condition.reason});
  return out;
}

void foresee(const RowFacts& facts, Explanation& out) {
  if (facts.row.state != State::pending) {
    out.next = "never, unless you ask for it";
    return;
  }
  const auto blocked_by = [&](std::string_view what) {
    return std::ranges::any_of(out.waits_because,
                               [&](const Obstacle& obstacle) { return obstacle.what == what; });
  };
  if (blocked_by("no_worker")) {
    out.next = "once a worker runs";
  } else if (blocked_by("older_copy")) {
    out.next = "once the newer file is back, or a worker accepts this one with --resume-restored";
  } else if (blocked_by("unknown_tracker")) {
    out.next = "once the worker's configuration has the tracker";
  } else if (blocked_by("paused")) {
    out.next = "once the tracker is resumed";
  } else if (blocked_by("behind")) {
    out.next = "once " + row_name(facts.earlier->id) + " is done";
  } else if (!is_past(facts.row.due_at, facts)) {
    out.next_try_at = facts.row.due_at;
    out.next = in_words(facts.row.due_at, facts.now);
  } else if (facts.condition.breaker == "open" && facts.condition.next_try_at) {
    out.next_try_at = facts.condition.next_try_at;
    out.next =
        "once the tracker takes something in; one request tries it " +
        (is_past(*facts.condition.next_try_at, facts) ? "now"
                                                      : in_words(*facts.condition.next_try_at, facts.now));
  } else if (facts.condition.breaker == "probing") {
    out.next = "once the tracker takes something in; one request tries it now";
  } else {
    out.next_try_at = facts.now;
    out.next = "as soon as it is its turn";
  }
  if (facts.outcome && facts.outcome->action != "send" && facts.outcome->action != "wait")
    out.next += "; as things stand it is then " + std::string(facts.outcome->word) +
                ", not sent: " + facts.outcome->reason;
}

class Commands {
 public:
  explicit Commands(const RowFacts& facts)
      : facts_(facts),
        row_(facts.row),
        database_(" --db " + shell_word(core::shown_database(facts.database))) {}

  std::vector<Advice> all() && {
    if (row_.state == State::pending) {
      advise_waiting();
    } else {
      advise_done();
    }
    return std::move(out_);
  }

 private:
  void add(const std::string& verb, const std::string& rest, std::string does) {
    out_.push_back({"keitaro-outbox " + verb + database_ + rest, std::move(does)});
  }
  /// For verbs that read the configuration.
  void add_configured(const std::string& verb, std::string does) {
    const auto& place = facts_.place_flags;
    add(verb, place && !place->empty() ? " " + *place : std::string(),
        std::move(does) + (place ? "" : " (with your --config or --to)"));
  }
  std::string id() const { return " --id " + std::to_string(row_.id.value); }

  void advise_done() {
    const auto& again = facts_.outcome_of_retry;
    if (!again || again->action == "send") {
      const bool sent = row_.state == State::delivered;
      add("retry", id(), sent ? "send it once more" : judged_by_rule() ? "judge it again" : "send it again");
      return;
    }
    if (again->action == "wait") {
      add_configured("check", "see what the configuration lacks");
      add("retry", id(), "send it again, once the configuration has the tracker");
      return;
    }
    // Sent again as it stands it would end the same way: what would help changes the cause first.
    advise_against_cause();
  }

  bool judged_by_rule() const { return row_.state == State::refused || row_.state == State::duplicate; }

  void advise_against_cause() {
    const auto& again = *facts_.outcome_of_retry;
    switch (again.cause) {
      case Cause::unknown_status:
        add("retry", id(),
            "once the tracker's table has the status: statuses = { \"" + row_.status +
                "\" = \"lead\" }, or sale, rejected, rebill, whichever it counts as");
        return;
      case Cause::no_template:
        add("retry", id(), "once there is a template for the status \"" + row_.status + "\"");
        return;
      case Cause::move:
        add("retry", id(),
            "once the tracker's table allows the move: allow_transitions = [\"" + again.move + "\"]");
        return;
      case Cause::rebill_without_tid:
        add("add",
            " --subid " + shell_word(row_.subid) + " --status " + shell_word(row_.status) + " --tid TID" +
                rest_of_row(),
            "insert it again, with its transaction id in place of TID");
        return;
      case Cause::other:
        break;
    }
    if (again.action == "refuse")
      add("list --subid " + shell_word(row_.subid), "",
          "the click's rows: insert another with what is wrong put right");
    if (again.action == "duplicate")
      add("show " + shell_word(row_.subid), "",
          "see what the tracker has: sent again, it is a duplicate again");
    if (again.action == "cancel") add("retry", id(), "once the template for its status is no longer empty");
  }

  std::string rest_of_row() const {
    std::string out;
    const auto flag = [&](const char* name, const std::optional<std::string>& value) {
      if (value && !value->empty()) out += std::string(" ") + name + " " + shell_word(*value);
    };
    flag("--payout", row_.payout);
    flag("--cost", row_.cost);
    flag("--currency", row_.currency);
    flag("--campaign", row_.campaign);
    flag("--params", row_.params);
    if (row_.tracker != "default") out += " --tracker " + shell_word(row_.tracker);
    return out;
  }

  void advise_waiting() {
    if (facts_.worker_running == false) add_configured("run", "start a worker");
    if (facts_.groups_missing > 0) add_configured("check", "see how much it lacks, and what to do");
    if (unknown_tracker(facts_)) add_configured("check", "see what the configuration lacks");
    if (facts_.condition.paused_at) add("resume " + shell_word(row_.tracker), "", "let the tracker go on");
    if (facts_.condition.breaker != "closed") add_configured("check", "see what is wrong with the tracker");
    if (facts_.earlier) {
      const std::string earlier = std::to_string(facts_.earlier->id.value);
      add_configured("explain " + earlier, "see what " + row_name(facts_.earlier->id) + " waits for");
      add("cancel", " --id " + earlier, "take that row out of the way");
    }
    if (!is_past(row_.due_at, facts_)) {
      add("retry", id(),
          row_.unrecorded > 0 ? "record it at once, when the trigger is mended" : "do not wait for the time");
    }
    add("cancel", id(), "do not send it");
  }

  const RowFacts& facts_;
  const ports::RowRecord& row_;
  const std::string database_;
  std::vector<Advice> out_;
};

}  // namespace

Explanation explain(const RowFacts& facts) {
  Explanation out;
  out.story = story_of(facts);
  if (facts.row.state == State::pending) out.waits_because = obstacles_of(facts);
  foresee(facts, out);
  out.advice = Commands(facts).all();
  if (facts.outcome && facts.outcome->action == "send")
    out.curl = std::string("curl -sS -A keitaro-outbox/") + kVersion + " " + shell_word(facts.outcome->url);
  return out;
}

}  // namespace keitaro_outbox::report
