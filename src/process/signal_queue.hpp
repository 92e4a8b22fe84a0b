#pragma once

#include <csignal>
#include <initializer_list>
#include <optional>

namespace keitaro_outbox::process {

/// While it lives, these signals do nothing of their own: they are taken one after the other, by who polls
/// fd(). For a program with one thread.
class SignalQueue {
 public:
  explicit SignalQueue(std::initializer_list<int> signals);
  ~SignalQueue();
  SignalQueue(const SignalQueue&) = delete;
  SignalQueue& operator=(const SignalQueue&) = delete;

  int fd() const { return fd_; }  ///< Readable while a signal is there to be taken.
  std::optional<int> take();      ///< Does not wait.

 private:
  sigset_t before_{};
  int fd_ = -1;
};

}  // namespace keitaro_outbox::process
