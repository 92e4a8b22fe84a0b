#pragma once

namespace keitaro_outbox::process {

/// Wakes a thread that polls: raised from any thread and from signal handlers, any number of times.
class EventFd {
 public:
  /// Throws std::system_error when the process has no descriptor left.
  EventFd();
  ~EventFd();
  EventFd(const EventFd&) = delete;
  EventFd& operator=(const EventFd&) = delete;

  void raise() noexcept;
  void clear() noexcept;
  int fd() const { return fd_; }

 private:
  int fd_;
};

}  // namespace keitaro_outbox::process
