#include "process/event_fd.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <cerrno>
#include <thread>

namespace keitaro_outbox::worker {
namespace {

using process::EventFd;

bool readable(const EventFd& event, int timeout_millis = 0) {
  pollfd polled{event.fd(), POLLIN, 0};
  return ::poll(&polled, 1, timeout_millis) == 1;
}

TEST(EventFd, IsReadableFromWhenItIsRaisedUntilItIsCleared) {
  EventFd event;
  EXPECT_FALSE(readable(event));
  event.raise();
  event.raise();
  EXPECT_TRUE(readable(event));
  EXPECT_TRUE(readable(event)) << "looking does not clear it";
  event.clear();
  EXPECT_FALSE(readable(event)) << "however often it was raised";
}

TEST(EventFd, ClearingWhatWasNotRaisedDoesNotBlock) {
  EventFd event;
  event.clear();
  EXPECT_FALSE(readable(event));
}

TEST(EventFd, WakesAThreadThatPolls) {
  EventFd event;
  std::thread other([&] { event.raise(); });
  EXPECT_TRUE(readable(event, 20'000));
  other.join();
}

TEST(EventFd, LeavesErrnoAloneForSignalHandlers) {
  EventFd event;
  errno = EDOM;
  event.raise();
  EXPECT_EQ(errno, EDOM);
}

TEST(EventFd, IsNotInheritedByOtherPrograms) {
  const EventFd event;
  EXPECT_NE(::fcntl(event.fd(), F_GETFD) & FD_CLOEXEC, 0);
}

}  // namespace
}  // namespace keitaro_outbox::worker
