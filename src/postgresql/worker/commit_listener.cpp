#include "postgresql/worker/commit_listener.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <utility>

#include "postgresql/embedded_sql.hpp"
#include "postgresql/lease/lease.hpp"
#include "process/signals_blocked.hpp"

namespace keitaro_outbox::postgresql {
namespace {

using Clock = std::chrono::steady_clock;

/// A connection that was lost is made again so soon.
constexpr core::Millis kAfterLoss{1'000};
constexpr core::Millis kForEver = std::chrono::hours{24};

}  // namespace

CommitListener::CommitListener(std::string address, Options options)
    : address_(std::move(address)), options_(std::move(options)) {
  const process::SignalsBlocked inherited_by_the_thread;
  thread_ = std::thread([this] { work(); });
}

CommitListener::~CommitListener() {
  stop_.raise();
  thread_.join();
}

void CommitListener::work() {
  do {
    core::Millis pause = kAfterLoss;
    try {
      tell(listen());
      pause = options_.try_again;
    } catch (const ConnectionLost&) {
      // The worker tells of it. What was committed meanwhile it finds by looking.
    } catch (const std::exception& error) {
      tell(error.what());
      pause = options_.try_again;
    }
    if (stopped_within(pause)) return;
  } while (true);
}

/// Until the end, or the loss of the connection, which it throws. Gives why it cannot.
std::string CommitListener::listen() {
  Connection connection(address_, kLeaseLimits);
  const Result setup = connection.run({sql::notify_setup});
  if (!setup.boolean(0, 1)) {
    return "the table has no trigger outbox_notify, which tells of commits: "
           "schema/outbox.postgresql-notify.sql "
           "makes it";
  }
  const std::string channel = setup.text(0, 0);
  connection.run("LISTEN " + channel);
  if (!hears_others(connection, channel)) {
    if (stopped_) return told_;
    return "no notification arrives, as behind a pooler that gives each transaction another connection";
  }
  tell({});
  options_.on_commit();  // There may have been some before.
  while (await_notification(connection, Clock::now() + kForEver)) options_.on_commit();
  return told_;
}

/// By another connection: the server gives a session its own notifications with the answer, pooler or not.
bool CommitListener::hears_others(Connection& connection, const std::string& channel) {
  const auto until = Clock::now() + options_.probe;
  Connection(address_, kLeaseLimits).run({"SELECT pg_notify($1, '')", Parameters().add(channel)});
  return await_notification(connection, until);
}

/// Takes all that have come. False where none came in time, or this is to end.
bool CommitListener::await_notification(Connection& connection, core::SteadyTime until) {
  struct Free {
    void operator()(PGnotify* notification) const noexcept { PQfreemem(notification); }
  };
  while (true) {
    bool any = false;
    while (std::unique_ptr<PGnotify, Free>(PQnotifies(connection.handle()))) any = true;
    if (any) return true;
    const auto left = std::chrono::ceil<core::Millis>(until - Clock::now());
    if (left.count() <= 0) return false;
    std::array<pollfd, 2> polled{{{PQsocket(connection.handle()), POLLIN, 0}, {stop_.fd(), POLLIN, 0}}};
    ::poll(polled.data(), polled.size(), static_cast<int>(std::min(left, kForEver).count()));
    if (polled[1].revents != 0) {
      stopped_ = true;
      return false;
    }
    if (polled[0].revents != 0 && PQconsumeInput(connection.handle()) == 0)
      connection.run(std::string());  // It throws what has become of the connection.
  }
}

bool CommitListener::stopped_within(core::Millis time) {
  pollfd polled{stop_.fd(), POLLIN, 0};
  return stopped_ || ::poll(&polled, 1, static_cast<int>(time.count())) > 0;
}

void CommitListener::tell(const std::string& why_not) {
  if (std::exchange(told_, why_not) != why_not && !stopped_) options_.on_change(why_not);
}

}  // namespace keitaro_outbox::postgresql
