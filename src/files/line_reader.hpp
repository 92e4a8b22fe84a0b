#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>

#include "process/file_descriptor.hpp"

namespace keitaro_outbox::files {

/// A file that cannot be read or written. what() is one line that names it.
class FileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A line of a file, its end included: `\n`, `\r\n`, or nothing at the end of the file.
struct Line {
  std::int64_t number = 0;  ///< From 1.
  std::string text;
  bool cut = false;  ///< It was longer than LineReader::kLongest; `text` is its beginning.
};

/// Reads a file, a pipe or standard input line by line, in bounded memory. A byte order mark at the start is
/// left out.
class LineReader {
 public:
  static constexpr std::size_t kLongest = 1 << 20;  ///< Bytes.

  /// `path` is `-` for standard input. Throws FileError.
  explicit LineReader(const std::string& path);

  /// False at the end of the file, or when an Interruption asks for one: a line of which only a part was read
  /// is then left out. Throws FileError.
  bool next(Line& line);

  /// Gives a line back: next() will give it again, before those given back earlier.
  void unread(Line line) { unread_.push_front(std::move(line)); }

  /// The first byte that is no white space, or nullopt at the end of the file. To be asked before any line is
  /// read; looks no further than the first buffer.
  std::optional<char> first_byte();

  const std::string& name() const { return name_; }  ///< For messages; core::printable.
  std::uint64_t bytes_read() const { return bytes_read_; }

  /// In bytes; nullopt for what is no regular file.
  std::optional<std::uint64_t> size() const { return size_; }

  /// Whether both read, or write, the same file.
  bool is_same_file(const std::string& path) const;

 private:
  bool refill();
  void skip_byte_order_mark();

  std::string name_;
  process::FileDescriptor owned_;
  int fd_;
  std::optional<std::uint64_t> size_;
  std::string buffer_;
  std::size_t position_ = 0;
  bool begun_ = false;
  bool ended_ = false;
  std::int64_t lines_ = 0;
  std::uint64_t bytes_read_ = 0;
  std::deque<Line> unread_;
};

}  // namespace keitaro_outbox::files
