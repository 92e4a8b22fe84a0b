#include "bench/files.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace keitaro_outbox::bench {

std::filesystem::path own_executable() {
  return std::filesystem::read_symlink("/proc/self/exe");
}

std::optional<std::string> find_in_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string candidate = folder + "/" + program;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return std::nullopt;
}

std::string end_of_file(const std::filesystem::path& file) {
  constexpr std::uint64_t kMost = 600;
  std::ifstream in(file, std::ios::binary);
  const std::uint64_t size = size_of(file);
  if (size > kMost) in.seekg(static_cast<std::streamoff>(size - kMost));
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::uint64_t size_of(const std::filesystem::path& file) {
  std::error_code missing;
  const auto size = std::filesystem::file_size(file, missing);
  return missing ? 0 : size;
}

void settle_on_disk(const std::filesystem::path& file, bool forget) {
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  if (forget) posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  close(fd);
}

bool is_in_memory(const std::filesystem::path& folder) {
  struct statfs info {};
  return statfs(folder.c_str(), &info) == 0 && info.f_type == TMPFS_MAGIC;
}

WorkFolder::WorkFolder(const std::filesystem::path& parent) {
  std::string name = (parent / "keitaro-bench.XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    throw std::runtime_error("no folder can be made in " + parent.string() + ": " +
                             std::generic_category().message(errno) + " (name another with --dir)");
  }
  path_ = std::filesystem::absolute(name);
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace keitaro_outbox::bench
