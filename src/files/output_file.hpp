#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

namespace keitaro_outbox::files {

/// A text file that is written from its start. Throws FileError, with the file's name and what to do, as soon
/// as something cannot be written.
class OutputFile {
 public:
  enum class Existing : std::uint8_t {
    overwrite,
    keep  ///< Throw where there is such a file.
  };
  OutputFile(std::string path, Existing existing);

  void write(std::string_view text);
  void flush();
  /// Flushes as well.
  void close();

  const std::string& path() const { return path_; }

 private:
  void check();

  std::string path_;
  std::ofstream stream_;
};

}  // namespace keitaro_outbox::files
