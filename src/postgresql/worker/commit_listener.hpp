#pragma once

#include <functional>
#include <string>
#include <thread>

#include "core/text/time.hpp"
#include "postgresql/base/connection.hpp"
#include "process/event_fd.hpp"

namespace keitaro_outbox::postgresql {

/// Listens for the notifications that the trigger of schema/outbox.postgresql-notify.sql sends, on a thread
/// and a connection of its own. A hint: the worker looks from time to time all the same.
///
/// Unlike all other connections this one needs a session. Whether it has one is tried: a pooler may take
/// LISTEN and pass no notification on.
class CommitListener {
 public:
  struct Options {
    std::function<void()> on_commit;  ///< Somebody may have committed rows.
    /// It listens, with an empty text; or it cannot, and why. Called when that changes.
    std::function<void(const std::string& why_not)> on_change;
    core::Millis probe{2'000};       ///< How long the notification of its own may take.
    core::Millis try_again{30'000};  ///< After it could not.
  };

  /// Both functions are called from the thread.
  CommitListener(std::string address, Options options);
  ~CommitListener();
  CommitListener(const CommitListener&) = delete;
  CommitListener& operator=(const CommitListener&) = delete;

 private:
  void work();
  std::string listen();
  bool hears_others(Connection& connection, const std::string& channel);
  bool await_notification(Connection& connection, core::SteadyTime until);
  bool stopped_within(core::Millis time);
  void tell(const std::string& why_not);

  const std::string address_;
  const Options options_;
  std::string told_ = "nothing yet";  ///< What on_change was called with last.
  bool stopped_ = false;
  process::EventFd stop_;
  std::thread thread_;
};

}  // namespace keitaro_outbox::postgresql
