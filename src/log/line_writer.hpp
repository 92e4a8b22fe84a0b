#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace keitaro_outbox::log {

/// Writes lines to a descriptor from a thread of its own, so that a pipe that nobody reads, or a slow disk,
/// stops nothing but the log. What waits is bounded: further lines are dropped and counted.
class LineWriter {
 public:
  /// The line that tells of dropped ones, without its line end.
  using DroppedLine = std::function<std::string(std::int64_t dropped)>;

  static constexpr std::size_t kMostBytes = 1 << 20;

  /// Does not close `fd`.
  LineWriter(int fd, DroppedLine dropped_line);
  /// Waits for the last lines as long as they are being taken, and half a second beyond.
  ~LineWriter();
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  /// From any thread; never blocks on the descriptor.
  void write(std::string line);

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;  // The thread's too: blocked in a write it may outlive the writer.
};

}  // namespace keitaro_outbox::log
