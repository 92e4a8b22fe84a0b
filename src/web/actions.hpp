#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "core/rules/row.hpp"
#include "core/text/time.hpp"
#include "log/log.hpp"
#include "ports/outbox.hpp"
#include "ports/outbox_admin.hpp"

namespace keitaro_outbox::web {

struct RetryGroup {
  ports::ReasonGroupFilter group;
  std::optional<double> rows_a_second = {};
};
/// Conversions of one tracker with one verdict.
struct RetryVerdict {
  core::Verdict verdict = core::Verdict::absent;
  std::string tracker;
  std::optional<double> rows_a_second = {};
};
struct CancelGroup {
  ports::ReasonGroupFilter group;
};
struct RetryRow {
  core::OutboxId id;
};
struct CancelRow {
  core::OutboxId id;
};
struct PauseTracker {
  std::string tracker;
};
struct ResumeTracker {
  std::string tracker;
};
/// Rejects of the front door of one source with one reason; all of them where the source is empty.
struct ReplayRejects {
  std::string source;
  std::string reason;
};
using Action = std::variant<RetryGroup, RetryVerdict, CancelGroup, RetryRow, CancelRow, PauseTracker,
                            ResumeTracker, ReplayRejects>;

/// Who asks for an action.
struct Actor {
  std::string address;
  std::string user;  ///< Empty without a password.
};

/// What became of an action.
struct ActionRecord {
  std::int64_t id = 0;
  core::WallTime at{};
  Actor actor;
  std::string what = {};    ///< `send again the dead rows of default: HTTP 422`.
  std::string result = {};  ///< One sentence; empty while it is going on.
  bool failed = false;
};

/// Does what viewers ask for, one after another on a thread of its own, so that a long action holds no page
/// up. Each is logged as it begins and as it ends. From any thread.
class Actions {
 public:
  /// Reads rejects again; gives what became of them in one sentence. Throws.
  using Replay = std::function<std::string(const ReplayRejects&)>;

  /// `changed` is called after each action. All must outlive it.
  Actions(ports::Outbox& outbox, log::Log& log, Replay replay, std::function<void()> changed);
  /// Waits for the action that is going on; those that were not begun are left out, and logged as such.
  ~Actions();
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;

  /// The action's number; nullopt where too many are waiting.
  std::optional<std::int64_t> start(Action action, Actor actor, core::WallTime now);

  /// As of when it ended, or of when `patience` is over. nullopt for a number that is not known any more.
  std::optional<ActionRecord> wait_for(std::int64_t id, core::Millis patience);

  /// The newest first.
  std::vector<ActionRecord> recent() const;

 private:
  struct Waiting {
    std::int64_t id = 0;
    Action action;
  };
  void run();
  ActionRecord* find(std::int64_t id);

  ports::Outbox& outbox_;
  log::Log& log_;
  const Replay replay_;
  const std::function<void()> changed_outbox_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> waiting_;
  std::deque<ActionRecord> records_;  ///< The oldest first.
  std::int64_t last_id_ = 0;
  bool stop_ = false;
  std::thread thread_;
};

/// The rows that it is about.
ports::RowFilterForAdmin filter_of(const RetryVerdict& action);

/// In words, for people and for the log: `send again the dead rows of default: HTTP 422`.
std::string words_of(const Action& action);

}  // namespace keitaro_outbox::web
