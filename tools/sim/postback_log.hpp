#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/time.hpp"

namespace keitaro_sim {

/// One line of the received-postback log.
struct LogLine {
  keitaro_outbox::core::WallTime at{};
  std::uint64_t jid = 0;  ///< The same for all lines of one postback.
  std::string message;
};

/// The received-postback log: the oldest lines are forgotten beyond `capacity`.
class PostbackLog {
 public:
  explicit PostbackLog(std::size_t capacity = 100'000) : capacity_(capacity) {}

  void add(keitaro_outbox::core::WallTime at, std::uint64_t jid, std::string message);
  void clear() { lines_.clear(); }

  enum class Order : std::uint8_t { newest_first, oldest_first };

  /// The lines whose message contains `query` (all, when it is empty), without the first `offset`, at most
  /// `limit`.
  std::vector<LogLine> find(std::string_view query, std::size_t limit, std::size_t offset, Order order) const;

 private:
  std::size_t capacity_;
  std::deque<LogLine> lines_;
};

}  // namespace keitaro_sim
