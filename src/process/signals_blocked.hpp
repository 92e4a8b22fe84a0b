#pragma once

#include <pthread.h>

#include <csignal>

namespace keitaro_outbox::process {

/// Threads that are begun meanwhile take no signals: these are for the threads of the application, and
/// SIGPIPE, from a TLS library, is for none. But a fault of the thread's own must reach its handler.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t blocked;
    sigfillset(&blocked);
    for (const int fault : {SIGBUS, SIGSEGV, SIGFPE, SIGILL}) sigdelset(&blocked, fault);
    pthread_sigmask(SIG_SETMASK, &blocked, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace keitaro_outbox::process
