#include "log/line_writer.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace keitaro_outbox::log {
namespace {

/// False when the descriptor takes no more: a closed pipe, a full disk. The rest of the text is lost.
bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    if (written < 0 && errno == EINTR) continue;
    if (written == 0 || errno != EAGAIN) return false;
    // The descriptor was set to non-blocking by another process that shares it.
    pollfd wait{fd, POLLOUT, 0};
    if (::poll(&wait, 1, -1) < 0 && errno != EINTR) return false;
  }
  return true;
}

}  // namespace

struct LineWriter::Shared {
  Shared(int descriptor, DroppedLine line) : fd(descriptor), dropped_line(std::move(line)) {}

  const int fd;
  const DroppedLine dropped_line;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::string> lines;
  std::size_t bytes = 0;      // In `lines`.
  std::int64_t dropped = 0;   // Since the last line that told of it.
  std::uint64_t written = 0;  // Lines.
  bool closing = false;
  bool ended = false;

  void push(std::string line) {
    line += '\n';
    bytes += line.size();
    lines.push_back(std::move(line));
  }

  /// Where the gap is, so that the log stays in order.
  void tell_dropped() {
    if (dropped > 0) push(dropped_line(std::exchange(dropped, 0)));
  }

  void run() {
    std::unique_lock lock(mutex);
    while (true) {
      changed.wait(lock, [&] { return closing || !lines.empty(); });
      if (lines.empty()) break;
      const std::string line = std::move(lines.front());
      lines.pop_front();
      lock.unlock();
      // A closed pipe must not fill anything with complaints about logging: what cannot be written is lost.
      write_all(fd, line);
      lock.lock();
      bytes -= line.size();
      ++written;
      if (lines.empty()) tell_dropped();
      changed.notify_all();
    }
    ended = true;
    changed.notify_all();
  }
};

LineWriter::LineWriter(int fd, DroppedLine dropped_line)
    : shared_(std::make_shared<Shared>(fd, std::move(dropped_line))) {
  // The thread takes none of the process's signals; SIGPIPE becomes an error of write().
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread([shared = shared_] { shared->run(); }).detach();
  } catch (const std::system_error&) {
    // No thread to be had: the lines are lost, delivery goes on.
    shared_->ended = true;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LineWriter::~LineWriter() {
  constexpr std::chrono::milliseconds kPatience{500};
  std::unique_lock lock(shared_->mutex);
  shared_->closing = true;
  shared_->changed.notify_all();
  std::uint64_t written = shared_->written;
  const auto moved = [&] { return shared_->ended || shared_->written != written; };
  while (!shared_->ended && shared_->changed.wait_for(lock, kPatience, moved)) written = shared_->written;
}

void LineWriter::write(std::string line) {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->ended || shared_->bytes + line.size() > kMostBytes) {
    ++shared_->dropped;
    return;
  }
  shared_->tell_dropped();
  shared_->push(std::move(line));
  shared_->changed.notify_all();
}

}  // namespace keitaro_outbox::log
