#include "child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

extern char** environ;

namespace keitaro_outbox::http::test {
namespace {

constexpr const char* kSystemFolders[] = {"/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin", "/bin"};

std::string program_path(const std::string& name) {
  for (const char* folder : kSystemFolders) {
    const std::string path = std::string(folder) + "/" + name;
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  return name;
}

int exit_code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& command, const std::string& output_file) {
  std::vector<std::string> words = command;
  words[0] = program_path(words[0]);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, output_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  const int result = posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (result != 0) throw std::runtime_error("cannot run " + command[0]);
}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

int ChildProcess::wait() {
  int status = 0;
  if (pid_ >= 0 && waitpid(pid_, &status, 0) == pid_) {
    pid_ = -1;
    exit_code_ = exit_code_of(status);
  }
  return exit_code_;
}

bool ChildProcess::running() {
  int status = 0;
  if (pid_ >= 0 && waitpid(pid_, &status, WNOHANG) == pid_) {
    pid_ = -1;
    exit_code_ = exit_code_of(status);
  }
  return pid_ >= 0;
}

void ChildProcess::freeze() {
  kill(pid_, SIGSTOP);
}
void ChildProcess::thaw() {
  kill(pid_, SIGCONT);
}

int run(const std::vector<std::string>& command, const std::string& output_file) {
  return ChildProcess(command, output_file).wait();
}

bool have_program(const std::string& name) {
  return program_path(name) != name;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace keitaro_outbox::http::test
