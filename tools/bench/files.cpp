#include "bench/files.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

namespace keitaro_outbox::bench {

std::filesystem::path own_executable() {
  return std::filesystem::read_symlink("/proc/self/exe");
}

std::optional<std::string> find_in_path(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string due_row = folder + "/" + program;
    if (access(due_row.c_str(), X_OK) == 0) return due_row;
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

void load_into_memory(const std::filesystem::path& file) {
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  std::vector<char> buffer(1 << 20);
  while (read(fd, buffer.data(), buffer.size()) > 0) continue;
  close(fd);
}

void remove_database(const std::filesystem::path& file) {
  for (const char* end : {"", "-wal", "-shm", "-journal", "-outbox-lock"}) {
    std::filesystem::remove(file.string() + end);
  }
}

void copy_whole_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  const int source = open(from.c_str(), O_RDONLY | O_CLOEXEC);
  const int copy = open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const bool shared = source >= 0 && copy >= 0 && ioctl(copy, FICLONE, source) == 0;
  if (source >= 0) close(source);
  if (copy >= 0) close(copy);
  if (!shared) {
    std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
  }
}

double share_in_memory(const std::filesystem::path& file) {
  const std::uint64_t size = size_of(file);
  const int fd = size == 0 ? -1 : open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::numeric_limits<double>::quiet_NaN();
  void* const mapped = mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (mapped == MAP_FAILED) return std::numeric_limits<double>::quiet_NaN();
  const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> pages((size + page - 1) / page);
  const bool told = mincore(mapped, size, pages.data()) == 0;
  munmap(mapped, size);
  const auto held =
      std::count_if(pages.begin(), pages.end(), [](unsigned char one) { return (one & 1) != 0; });
  return told ? static_cast<double>(held) / static_cast<double>(pages.size())
              : std::numeric_limits<double>::quiet_NaN();
}

std::string file_system_of(const std::filesystem::path& folder) {
  struct statfs info {};
  if (statfs(folder.c_str(), &info) != 0) return "unknown";
  constexpr std::array<std::pair<decltype(info.f_type), const char*>, 6> kNames{
      {{EXT4_SUPER_MAGIC, "ext4"},
       {XFS_SUPER_MAGIC, "xfs"},
       {BTRFS_SUPER_MAGIC, "btrfs"},
       {TMPFS_MAGIC, "tmpfs, in memory, not a disk"},
       {OVERLAYFS_SUPER_MAGIC, "overlayfs"},
       {0x2fc12fc1, "zfs"}}};
  for (const auto& [type, name] : kNames) {
    if (type == info.f_type) return name;
  }
  return "file system of type " + std::to_string(info.f_type);
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
