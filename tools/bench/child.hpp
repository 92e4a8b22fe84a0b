#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace keitaro_outbox::bench {

struct Command {
  std::vector<std::string> arguments;    ///< The program's path first.
  std::vector<std::string> environment;  ///< `NAME=VALUE`, beside our own.
  std::string output;                    ///< The file that stdout and stderr go to; empty for none.
};

struct Ended {
  int exit_code = 0;       ///< 128 + the signal's number where one ended it, as in a shell.
  double cpu_seconds = 0;  ///< User and system, over its whole life.
};

/// A process that we started. It does not outlive this object, nor our own process.
class Child {
 public:
  /// Throws std::runtime_error when the program cannot be started.
  explicit Child(const Command& command);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  bool running();
  double cpu_seconds() const;  ///< So far, to the nanosecond. While it runs.
  double peak_mib() const;     ///< The most memory it has had resident. While it runs.

  void signal(int number);

  /// Throws std::runtime_error when it has not ended after `limit`. Once only.
  Ended wait(std::chrono::milliseconds limit);

 private:
  pid_t pid_ = -1;
  int pidfd_ = -1;
};

}  // namespace keitaro_outbox::bench
