#include "sim/postback_log.hpp"

#include <utility>

namespace keitaro_sim {

void PostbackLog::add(keitaro_outbox::core::WallTime at, std::uint64_t jid, std::string message) {
  if (capacity_ == 0) return;
  if (lines_.size() == capacity_) lines_.pop_front();
  lines_.push_back({at, jid, std::move(message)});
}

std::vector<LogLine> PostbackLog::find(std::string_view query, std::size_t limit, std::size_t offset,
                                       Order order) const {
  std::vector<LogLine> found;
  const auto visit = [&](const LogLine& line) {
    if (line.message.find(query) == std::string::npos) return;
    if (offset > 0) {
      --offset;
    } else {
      found.push_back(line);
    }
  };
  for (std::size_t i = 0; i < lines_.size() && found.size() < limit; ++i)
    visit(order == Order::oldest_first ? lines_[i] : lines_[lines_.size() - 1 - i]);
  return found;
}

}  // namespace keitaro_sim
