#pragma once

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace keitaro_outbox {

/// A folder of a test's own, gone at its end.
class TempFolder {
 public:
  enum class In : std::uint8_t {
    temporary_files,
    memory  ///< Where the system has a folder there.
  };

  explicit TempFolder(In where = In::temporary_files) {
    const std::filesystem::path memory = "/dev/shm";
    const bool in_memory = where == In::memory && ::access(memory.c_str(), W_OK) == 0;
    // By its real name: some tests compare it with what the system says.
    const auto parent =
        std::filesystem::canonical(in_memory ? memory : std::filesystem::temp_directory_path());
    path_ = parent / "keitaro-outbox-XXXXXX";
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("cannot make a folder such as " + path_);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

  /// Gives the file's path.
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(file(name), std::ios::binary) << text;
    return file(name);
  }

  std::string read(const std::string& name) const {
    std::ifstream in(file(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  std::string path_;
};

}  // namespace keitaro_outbox
