#include "files/line_reader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/text/ascii.hpp"
#include "core/text/printable.hpp"
#include "process/interruption.hpp"

namespace keitaro_outbox::files {
namespace {

constexpr std::size_t kBufferSize = 1 << 16;

}  // namespace

LineReader::LineReader(const std::string& path)
    : name_(path == "-" ? "standard input" : core::printable(path)), fd_(STDIN_FILENO) {
  if (path != "-") {
    owned_.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!owned_) throw FileError(name_ + " cannot be read: " + std::strerror(errno));
    fd_ = owned_.get();
  }
  struct stat info {};
  if (::fstat(fd_, &info) != 0) return;
  if (S_ISDIR(info.st_mode)) throw FileError(name_ + " is a folder: name a file");
  if (S_ISREG(info.st_mode)) size_ = static_cast<std::uint64_t>(info.st_size);
}

bool LineReader::is_same_file(const std::string& path) const {
  struct stat ours {};
  struct stat other {};
  return ::fstat(fd_, &ours) == 0 && ::stat(path.c_str(), &other) == 0 && ours.st_dev == other.st_dev &&
         ours.st_ino == other.st_ino;
}

bool LineReader::refill() {
  if (ended_) return false;
  buffer_.erase(0, position_);
  position_ = 0;
  const std::size_t kept = buffer_.size();
  buffer_.resize(kept + kBufferSize);
  process::Interruption::wait_for_input(fd_);
  ssize_t got = -1;
  do {
    got = process::Interruption::asked() ? 0 : ::read(fd_, buffer_.data() + kept, kBufferSize);
  } while (got < 0 && errno == EINTR);
  const int error = errno;
  buffer_.resize(kept + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0) throw FileError(name_ + " cannot be read: " + std::strerror(error));
  if (got == 0 && process::Interruption::asked()) buffer_.clear();
  ended_ = got == 0;
  bytes_read_ += static_cast<std::uint64_t>(got);
  if (!begun_) skip_byte_order_mark();
  return !ended_ || position_ < buffer_.size();
}

void LineReader::skip_byte_order_mark() {
  begun_ = true;
  // Shorter first pieces come from pipes that are written byte by byte only.
  while (!ended_ && buffer_.size() < 3 && refill()) {
  }
  if (buffer_.starts_with("\xEF\xBB\xBF")) position_ = 3;
  if (buffer_.starts_with("\xFF\xFE") || buffer_.starts_with("\xFE\xFF")) {
    throw FileError(name_ + " is written in UTF-16: save it as UTF-8");
  }
}

std::optional<char> LineReader::first_byte() {
  if (buffer_.empty()) refill();
  const auto found = std::find_if_not(buffer_.begin() + static_cast<std::ptrdiff_t>(position_), buffer_.end(),
                                      core::ascii::is_space);
  if (found == buffer_.end()) return std::nullopt;
  return *found;
}

bool LineReader::next(Line& line) {
  if (!unread_.empty()) {
    line = std::move(unread_.front());
    unread_.pop_front();
    return true;
  }
  line.text.clear();
  line.cut = false;
  bool any = false;
  while (position_ < buffer_.size() || refill()) {
    if (position_ == buffer_.size()) continue;
    any = true;
    const std::size_t newline = buffer_.find('\n', position_);
    const std::size_t end = newline == std::string::npos ? buffer_.size() : newline + 1;
    const std::size_t room = kLongest - line.text.size();
    line.cut |= end - position_ > room;
    line.text.append(buffer_, position_, std::min(end - position_, room));
    position_ = end;
    if (newline != std::string::npos) break;
  }
  if (!any || process::Interruption::asked()) return false;
  line.number = ++lines_;
  return true;
}

}  // namespace keitaro_outbox::files
