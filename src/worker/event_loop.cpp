#include "worker/event_loop.hpp"

#include <poll.h>

#include <algorithm>
#include <ctime>

namespace keitaro_outbox::worker {

namespace {

using namespace std::chrono_literals;
using core::SteadyTime;
using Clock = SteadyTime::clock;

/// Others' commits are looked for this often even when nothing hints at one.
constexpr auto kSlowPoll = 100ms;

/// When the hint is most likely of our own commit, it is followed for a shorter time.
constexpr auto kCommitStep = 50us;
constexpr auto kFirstCommitStep = 20us;
constexpr auto kFirstStepsLast = 500us;
constexpr auto kCommitSteppingLasts = 20ms;
constexpr auto kOwnCommitSteppingLasts = 500us;

/// While answers are under way a turn comes soon anyway, and looks; after a commit of our own one look more
/// will do.
constexpr auto kBusyCommitStep = 400us;

/// Places in what sleep_until() takes and gives.
constexpr std::size_t kStop = 0;
constexpr std::size_t kAnswers = 1;
constexpr std::size_t kCommitHint = 2;
constexpr std::size_t kReconfigure = 3;

}  // namespace

void EventLoop::wait(delivery::Cycle& cycle, ports::CommitSignal& commits, SteadyTime again_at,
                     const std::function<void()>& each_time) {
  while (true) {
    each_time();
    const SteadyTime now = Clock::now();
    if (again_at <= now) return;
    if (stepping_until_ && *stepping_until_ <= now) stepping_until_.reset();
    const SteadyTime until = std::min(again_at, now + step(now));
    const Readable readable =
        sleep_until(until, {stop_is_news_ ? stop.fd() : -1, answers.fd(), commits.fd(), reconfigure.fd()});
    if (woken(readable, cycle, commits)) return;
    if (cycle.notice_commits()) {
      stepping_until_.reset();
      return;
    }
  }
}

/// Whether there is something to do, whatever others may have committed.
bool EventLoop::woken(const Readable& readable, delivery::Cycle& cycle, ports::CommitSignal& commits) {
  if (readable[kStop]) return true;
  if (readable[kReconfigure]) {
    reconfigure.clear();
    return true;
  }
  if (readable[kCommitHint]) {
    commits.drain();
    if (commits.replacement_hinted()) return true;  // Another file may be in its place.
    step_towards_commit(cycle);
  }
  if (readable[kAnswers]) answers.clear();
  return readable[kAnswers];
}

EventLoop::Duration EventLoop::step(SteadyTime now) const {
  if (!stepping_until_) return kSlowPoll;
  const bool just_hinted = *stepping_until_ - now > kCommitSteppingLasts - kFirstStepsLast;
  return just_hinted ? Duration{kFirstCommitStep} : commit_step_;
}

void EventLoop::step_towards_commit(delivery::Cycle& cycle) {
  const bool probably_ours = cycle.committed_within(kOwnCommitSteppingLasts);
  stepping_until_ =
      Clock::now() + (probably_ours ? Duration{kOwnCommitSteppingLasts} : Duration{kCommitSteppingLasts});
  if (!probably_ours) cycle.expect_commit();
  commit_step_ = probably_ours && cycle.in_flight() > 0 ? Duration{kBusyCommitStep} : Duration{kCommitStep};
}

/// Which of `fds` became readable before `until`; -1 stands for none.
EventLoop::Readable EventLoop::sleep_until(SteadyTime until, std::array<int, kWakers> fds) {
  std::array<pollfd, kWakers> polled{};
  std::transform(fds.begin(), fds.end(), polled.begin(), [](int fd) { return pollfd{fd, POLLIN, 0}; });
  const auto left = std::max(until - Clock::now(), Duration{0});
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  const timespec timeout{seconds.count(), (left - seconds).count()};
  Readable readable{};
  if (::ppoll(polled.data(), polled.size(), &timeout, nullptr) > 0) {
    std::transform(polled.begin(), polled.end(), readable.begin(),
                   [](const pollfd& p) { return p.revents != 0; });
  }
  return readable;
}

}  // namespace keitaro_outbox::worker
