#include "files/numbered_files.hpp"

#include <cstddef>
#include <filesystem>
#include <utility>

namespace keitaro_outbox::files {
namespace {

std::string prefix_of(const std::string& out) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(out, ignored)) return out;
  return (std::filesystem::path(out) / "keitaro-import").string();
}

std::string numbered(const std::string& prefix, std::size_t number) {
  constexpr std::size_t kDigits = 4;
  const std::string digits = std::to_string(number);
  const std::string zeros(digits.size() < kDigits ? kDigits - digits.size() : 0, '0');
  return prefix + "-" + zeros + digits + ".csv";
}

}  // namespace

NumberedFiles::NumberedFiles(const std::string& out, std::int64_t lines_in_file)
    : prefix_(prefix_of(out)), lines_in_file_(lines_in_file) {}

NumberedFiles::~NumberedFiles() {
  if (finished_) return;
  file_.reset();
  std::error_code ignored;
  for (const std::string& path : paths_) std::filesystem::remove(path, ignored);
}

void NumberedFiles::write_line(std::string_view line) {
  if (lines_ % lines_in_file_ == 0) {
    if (file_) file_->close();
    std::string path = numbered(prefix_, paths_.size() + 1);
    file_.emplace(path, OutputFile::Existing::keep);
    paths_.push_back(std::move(path));
  }
  file_->write(line);
  ++lines_;
}

void NumberedFiles::finish() {
  if (file_) file_->close();
  finished_ = true;
}

}  // namespace keitaro_outbox::files
