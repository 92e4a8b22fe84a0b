#include "files/output_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/text/printable.hpp"
#include "files/line_reader.hpp"

namespace keitaro_outbox::files {

OutputFile::OutputFile(std::string path, Existing existing) : path_(std::move(path)) {
  // Click ids and amounts are not for everybody to read.
  const int keep = existing == Existing::keep ? O_EXCL : 0;
  const int fd = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | keep, 0640);
  if (fd < 0) {
    if (errno == EEXIST) {
      throw FileError(core::printable(path_) + " is there already: name another, or take it away");
    }
    throw FileError(core::printable(path_) + " cannot be written: " + std::strerror(errno));
  }
  ::close(fd);
  stream_.open(path_, std::ios::binary);
  check();
}

void OutputFile::write(std::string_view text) {
  stream_ << text;
  check();
}

void OutputFile::flush() {
  stream_.flush();
  check();
}

void OutputFile::close() {
  stream_.close();
  check();
}

void OutputFile::check() {
  if (stream_) return;
  throw FileError(core::printable(path_) + " cannot be written: " + std::strerror(errno) +
                  "; is the disk full?");
}

}  // namespace keitaro_outbox::files
