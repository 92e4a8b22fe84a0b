#include "web/actions.hpp"

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>

#include "core/text/printable.hpp"
#include "ports/clock.hpp"
#include "report/time_words.hpp"
#include "web/words.hpp"

namespace keitaro_outbox::web {
namespace {

constexpr std::size_t kMostWaiting = 20;
constexpr std::size_t kMostRecords = 50;

std::string group_words(const ports::ReasonGroupFilter& group) {
  const std::string kind = group.kind.empty() ? "no reason is given" : group.kind;
  const std::string rows = group.state == core::State::pending
                               ? "rows being tried again"
                               : std::string(core::name_of(group.state)) + " rows";
  return rows + " of " + group.tracker + ": " + kind;
}

/// Says what was done.
class Performer {
 public:
  Performer(ports::Outbox& outbox, const Actions::Replay& replay) : outbox_(outbox), replay_(replay) {}

  std::string operator()(const RetryGroup& action) const {
    const auto pace = pace_of(action.rows_a_second);
    return retried(outbox_.admin()->retry_group(action.group, pace), pace);
  }
  std::string operator()(const RetryVerdict& action) const {
    const auto pace = pace_of(action.rows_a_second);
    return retried({outbox_.admin()->retry(filter_of(action), pace), true}, pace);
  }
  static std::optional<ports::Pace> pace_of(const std::optional<double>& rows_a_second) {
    if (!rows_a_second) return std::nullopt;
    return ports::Pace{ports::wall_now(), *rows_a_second};
  }
  static std::string retried(const ports::GroupCount& done, const std::optional<ports::Pace>& pace) {
    std::string text = rows_words(done.rows) + (done.rows == 1 ? " is" : " are") + " to be sent again";
    if (pace && done.rows > 1) text += ", the last one at " + report::time_words(pace->due_at(done.rows - 1));
    return text + more(done);
  }
  std::string operator()(const CancelGroup& action) const {
    const ports::GroupCount done = outbox_.admin()->cancel_group(action.group);
    return rows_words(done.rows) + (done.rows == 1 ? " was" : " were") + " cancelled" + more(done);
  }
  std::string operator()(const RetryRow& action) const {
    return of_row(action.id, outbox_.admin()->retry(action.id, std::nullopt), "is to be sent again",
                  "cannot be sent again");
  }
  std::string operator()(const CancelRow& action) const {
    return of_row(action.id, outbox_.admin()->cancel(action.id), "was cancelled",
                  "is not waiting any more, so it was not cancelled");
  }
  std::string operator()(const PauseTracker& action) const {
    return outbox_.admin()->pause(action.tracker, ports::wall_now())
               ? action.tracker + " is paused: nothing is sent to it until it is resumed"
               : action.tracker + " was paused already";
  }
  std::string operator()(const ResumeTracker& action) const {
    return outbox_.admin()->resume(action.tracker) ? action.tracker + " goes on"
                                                   : action.tracker + " was not paused";
  }
  std::string operator()(const ReplayRejects& action) const { return replay_(action); }

 private:
  static std::string of_row(core::OutboxId id, ports::RowAdminResult result, std::string_view done,
                            std::string_view unfit) {
    const std::string row = "row " + std::to_string(id.value) + " ";
    switch (result) {
      case ports::RowAdminResult::changed:
        return row + std::string(done);
      case ports::RowAdminResult::missing:
        return "there is no " + row;
      case ports::RowAdminResult::unfit:
        break;
    }
    return row + std::string(unfit);
  }
  static std::string more(const ports::GroupCount& done) {
    return done.whole ? "" : "; there are more: ask once more for the rest";
  }

  ports::Outbox& outbox_;
  const Actions::Replay& replay_;
};

struct Words {
  std::string operator()(const RetryGroup& a) const {
    return "send again the " + group_words(a.group) +
           (a.rows_a_second ? "; " + exact_words(*a.rows_a_second) + " a second" : std::string());
  }
  std::string operator()(const RetryVerdict& a) const {
    return "send again what " + a.tracker + "'s own records lack (" + std::string(core::name_of(a.verdict)) +
           ")" + (a.rows_a_second ? "; " + exact_words(*a.rows_a_second) + " a second" : std::string());
  }
  std::string operator()(const CancelGroup& a) const { return "cancel the " + group_words(a.group); }
  std::string operator()(const RetryRow& a) const { return "send again row " + std::to_string(a.id.value); }
  std::string operator()(const CancelRow& a) const { return "cancel row " + std::to_string(a.id.value); }
  std::string operator()(const PauseTracker& a) const { return "pause " + a.tracker; }
  std::string operator()(const ResumeTracker& a) const { return "resume " + a.tracker; }
  std::string operator()(const ReplayRejects& a) const {
    return a.source.empty() ? "read all rejects again"
                            : "read again the rejects of " + a.source + ": " + a.reason;
  }
};

}  // namespace

ports::RowFilterForAdmin filter_of(const RetryVerdict& action) {
  return {.states = {core::State::delivered},
          .verdict = action.verdict,
          .tracker = action.tracker,
          .before = std::nullopt};
}

std::string words_of(const Action& action) {
  return std::visit(Words(), action);
}

Actions::Actions(ports::Outbox& outbox, log::Log& log, Replay replay, std::function<void()> changed)
    : outbox_(outbox),
      log_(log),
      replay_(std::move(replay)),
      changed_outbox_(std::move(changed)),
      thread_([this] { run(); }) {}

Actions::~Actions() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
  for (const Waiting& waiting : waiting_) {
    log_.write(config::LogLevel::warn, "page_action_dropped",
               {{"action", waiting.id}, {"what", std::string_view(words_of(waiting.action))}});
  }
}

std::optional<std::int64_t> Actions::start(Action action, Actor actor, core::WallTime now) {
  std::int64_t id = 0;
  const std::string what = words_of(action);
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= kMostWaiting) return std::nullopt;
    id = ++last_id_;
    records_.push_back({.id = id, .at = now, .actor = actor, .what = what});
    if (records_.size() > kMostRecords) records_.pop_front();
    waiting_.push_back({id, std::move(action)});
  }
  log_.write(config::LogLevel::info, "page_action",
             {{"action", id},
              {"what", std::string_view(what)},
              {"address", std::string_view(actor.address)},
              {"user", std::string_view(actor.user)}});
  changed_.notify_all();
  return id;
}

ActionRecord* Actions::find(std::int64_t id) {
  const auto found = std::ranges::find(records_, id, &ActionRecord::id);
  return found == records_.end() ? nullptr : &*found;
}

std::optional<ActionRecord> Actions::wait_for(std::int64_t id, core::Millis patience) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, patience, [&] {
    const ActionRecord* record = find(id);
    return stop_ || record == nullptr || !record->result.empty();
  });
  const ActionRecord* record = find(id);
  return record == nullptr ? std::nullopt : std::optional(*record);
}

std::vector<ActionRecord> Actions::recent() const {
  const std::lock_guard lock(mutex_);
  return {records_.rbegin(), records_.rend()};
}

void Actions::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    if (stop_) return;
    const Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    std::string result;
    bool failed = false;
    try {
      result = std::visit(Performer(outbox_, replay_), next.action);
    } catch (const std::exception& error) {
      result = std::string("it failed: ") + error.what();
      failed = true;
    }
    log_.write(failed ? config::LogLevel::error : config::LogLevel::info, "page_action_done",
               {{"action", next.id}, {"result", std::string_view(result)}});
    changed_outbox_();
    lock.lock();
    if (ActionRecord* record = find(next.id)) {
      record->result = result;
      record->failed = failed;
    }
    changed_.notify_all();
  }
}

}  // namespace keitaro_outbox::web
