#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace keitaro_outbox::bench {

/// The path of the executable that we are.
std::filesystem::path own_executable();

std::optional<std::string> find_in_path(const std::string& program);

/// The last characters of a text file, for messages; empty where there is none.
std::string end_of_file(const std::filesystem::path& file);

/// Size in bytes, 0 where there is no such file.
std::uint64_t size_of(const std::filesystem::path& file);

/// Has what is written of `file` reach the disk, so that the next measurement does not pay for it. `forget`
/// has the system drop it from its memory as well. Not for a database that this process has open: closing the
/// file would drop its locks.
void settle_on_disk(const std::filesystem::path& file, bool forget = false);

/// Reads all of it, so that the system holds it in memory where there is room.
void load_into_memory(const std::filesystem::path& file);

/// Removes a database and what SQLite and the worker keep beside it.
void remove_database(const std::filesystem::path& file);

/// Copies a file that nobody has open; where the file system can, by sharing its blocks.
void copy_whole_file(const std::filesystem::path& from, const std::filesystem::path& to);

/// The part of a file that the system holds in memory, 0 to 1; NaN where it does not tell.
double share_in_memory(const std::filesystem::path& file);

/// Name of the kind of file system that `folder` is on, such as `ext4`; its number where we know no name.
std::string file_system_of(const std::filesystem::path& folder);

/// `tmpfs` has no disk to wait for.
bool is_in_memory(const std::filesystem::path& folder);

/// A new folder inside `parent`; removed, with all in it, at the end.
class WorkFolder {
 public:
  explicit WorkFolder(const std::filesystem::path& parent);
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace keitaro_outbox::bench
