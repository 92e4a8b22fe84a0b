#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>

#include "core/text/ascii.hpp"
#include "files/import_source.hpp"
#include "target.hpp"

namespace files = keitaro_outbox::files;
namespace core = keitaro_outbox::core;
using keitaro_outbox::fuzz::is_harmless_line;

namespace {

/// A file in memory, with a path.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view text) : fd_(memfd_create("import", MFD_CLOEXEC)) {
    if (fd_ < 0 || write(fd_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
      throw std::runtime_error("no file in memory");
  }
  ~MemoryFile() { close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

/// What `read` gives, or nothing where the file as a whole is of no use.
template <typename Read>
auto unless_useless(Read read) -> decltype(std::optional(read())) {
  try {
    return read();
  } catch (const files::FileError& error) {
    MUST_HOLD(is_harmless_line(error.what()));
    return std::nullopt;
  }
}

bool is_blank(std::string_view text) {
  return core::ascii::trim(text).empty();
}

/// What a CSV file may hold beside its records: whole lines that are blank, hold separators alone, or repeat
/// the header.
bool is_whole_lines(std::string_view text) {
  return text.empty() || text.back() == '\n';
}

/// Takes off the first line that is not blank, and those before it.
void skip_header(std::string_view& bytes) {
  for (bool found = false; !found && !bytes.empty();) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
    found = !is_blank(bytes.substr(0, end));
    bytes.remove_prefix(end);
  }
}

struct Read {
  std::string rejects;
  std::size_t records = 0;
};

/// Every line of the file is in a record, but for blank ones and what is_whole_lines() says of CSV, each with
/// a conversion or a reason.
Read read_all(files::ImportSource& source, std::string_view bytes, bool header) {
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  if (header) skip_header(bytes);
  Read read{source.rejects_header()};
  files::ImportRecord record;
  std::int64_t last_line = 0;
  while (source.next(record)) {
    MUST_HOLD(record.line > last_line);
    last_line = record.line;
    MUST_HOLD(!is_blank(record.text));
    const std::size_t at = bytes.find(record.text);
    MUST_HOLD(at != std::string_view::npos &&
              (is_blank(bytes.substr(0, at)) || (header && is_whole_lines(bytes.substr(0, at)))));
    bytes.remove_prefix(at + record.text.size());
    MUST_HOLD(record.error.empty() || is_harmless_line(record.error));
    read.rejects += source.rejected(record, "a \"reason\", with,\na line end");
    ++read.records;
  }
  MUST_HOLD(is_blank(bytes) || header);
  return read;
}

std::optional<Read> read_file(std::string_view bytes, files::ImportFormat format) {
  const MemoryFile file(bytes);
  return unless_useless([&] {
    const auto source = files::ImportSource::open(file.path(), format);
    return read_all(*source, bytes, format == files::ImportFormat::csv);
  });
}

/// What was rejected can be mended and imported again: it is a file of as many records.
void check(std::string_view bytes, files::ImportFormat format) {
  const auto first = read_file(bytes, format);
  if (!first) return;
  const auto second = read_file(first->rejects, format);
  MUST_HOLD(second && second->records == first->records);
}

}  // namespace

FUZZ_TARGET(import_lines, bytes) {
  check(bytes, files::ImportFormat::csv);
  check(bytes, files::ImportFormat::json_lines);
}
