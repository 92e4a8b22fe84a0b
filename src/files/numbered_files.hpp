#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "files/output_file.hpp"

namespace keitaro_outbox::files {

/// A long text in files of so many lines: `PREFIX-0001.csv`, `PREFIX-0002.csv`, … Existing files are left
/// alone. Unless finish() is called, those written are taken away again.
class NumberedFiles {
 public:
  /// `out` is the prefix, or an existing folder, in which the files are then called
  /// `keitaro-import-0001.csv`.
  NumberedFiles(const std::string& out, std::int64_t lines_in_file);
  ~NumberedFiles();
  NumberedFiles(const NumberedFiles&) = delete;
  NumberedFiles& operator=(const NumberedFiles&) = delete;

  /// Throws FileError.
  void write_line(std::string_view line);
  void finish();

  const std::vector<std::string>& paths() const { return paths_; }

 private:
  std::string prefix_;
  std::int64_t lines_in_file_;
  std::int64_t lines_ = 0;
  std::optional<OutputFile> file_;
  std::vector<std::string> paths_;
  bool finished_ = false;
};

}  // namespace keitaro_outbox::files
