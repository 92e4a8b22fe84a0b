#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "keitaro_sim/raw_client.hpp"
#include "temp_folder.hpp"

extern char** environ;

namespace keitaro_sim {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

/// The built program, with its two outputs in one pipe.
class Process {
 public:
  explicit Process(std::vector<std::string> arguments) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    arguments.insert(arguments.begin(), KEITARO_SIM);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    const int failed = ::posix_spawn(&pid_, KEITARO_SIM, &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    output_ = ::fdopen(ends[0], "r");
    if (failed != 0) throw std::runtime_error("cannot start " KEITARO_SIM);
  }

  ~Process() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    std::fclose(output_);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// The next line, without its end; empty when the output ends.
  std::string line() {
    std::array<char, 4096> text{};
    if (std::fgets(text.data(), static_cast<int>(text.size()), output_) == nullptr) return {};
    std::string read(text.data());
    return read.substr(0, read.find('\n'));
  }

  void stop() const { ::kill(pid_, SIGTERM); }

  /// Waits for the end; the exit code, or -1 when a signal ended it.
  int exit_code() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
  std::FILE* output_ = nullptr;
};

TEST(SimProcess, ReadyLinePortFileAndLogAndAnEndBySigterm) {
  const keitaro_outbox::TempFolder folder;
  Process sim({"--listen", "127.0.0.1:0", "--key", "k 1", "--port-file", folder.file("port"), "--log",
               folder.file("log")});
  const std::string ready = sim.line();
  ASSERT_THAT(ready, MatchesRegex("keitaro-sim listens on http://127\\.0\\.0\\.1:[0-9]+/k%201/postback"));
  const int port = std::stoi(folder.read("port"));
  EXPECT_THAT(ready, HasSubstr(":" + std::to_string(port) + "/"));
  EXPECT_EQ(RawClient(port).get("/k%201/postback?subid=abc&return=OK")->body, "OK");
  sim.stop();
  EXPECT_EQ(sim.exit_code(), 0);
  EXPECT_THAT(folder.read("log"), HasSubstr(R"("params":{"subid":"abc","return":"OK"},"result":"queued")"));
}

TEST(SimProcess, EndsByItselfAfterItsTime) {
  Process sim({"--listen", "127.0.0.1:0", "--quit-after", "50ms"});
  EXPECT_EQ(sim.exit_code(), 0);
}

TEST(SimProcess, WrongUseIsOneLineAndExitCodeTwo) {
  Process sim({"--fail", "sometimes"});
  EXPECT_EQ(sim.line(), "keitaro-sim: --fail: \"sometimes\" is not CODE:SHARE, such as 503:0.2");
  EXPECT_EQ(sim.line(), "");
  EXPECT_EQ(sim.exit_code(), 2);
}

}  // namespace
}  // namespace keitaro_sim
