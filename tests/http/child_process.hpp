#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace keitaro_outbox::http::test {

/// A program that runs beside the test, ended with it. What it writes goes to a file.
class ChildProcess {
 public:
  ChildProcess(const std::vector<std::string>& command, const std::string& output_file);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Waits for its end; its exit code, or -1 when a signal ended it.
  int wait();
  bool running();

  /// Stops it in its tracks, and lets it go on: its sockets stay open meanwhile, and say nothing.
  void freeze();
  void thaw();

 private:
  pid_t pid_ = -1;
  int exit_code_ = -1;
};

/// Runs a program to its end; its exit code.
int run(const std::vector<std::string>& command, const std::string& output_file = "/dev/null");

/// Whether a program is there to be run; looked for in the usual folders for administrators' programs too.
bool have_program(const std::string& name);

std::string read_file(const std::string& path);

}  // namespace keitaro_outbox::http::test
