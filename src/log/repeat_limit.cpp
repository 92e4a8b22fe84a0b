#include "log/repeat_limit.hpp"

#include <utility>

namespace keitaro_outbox::log {

RepeatLimit::Verdict RepeatLimit::judge(std::string_view event, core::SteadyTime now) {
  auto found = windows_.find(event);
  if (found == windows_.end()) found = windows_.emplace(std::string(event), Window{now}).first;
  Window& window = found->second;
  if (now - window.start >= std::chrono::seconds{1}) {
    window.start = now;
    window.written = 0;
  }
  if (window.written >= per_second_) {
    ++window.suppressed;
    return {};
  }
  ++window.written;
  return {true, std::exchange(window.suppressed, 0)};
}

std::map<std::string, std::int64_t, std::less<>> RepeatLimit::take_suppressed() {
  std::map<std::string, std::int64_t, std::less<>> out;
  for (auto& [event, window] : windows_) {
    if (window.suppressed > 0) out.emplace(event, std::exchange(window.suppressed, 0));
  }
  return out;
}

}  // namespace keitaro_outbox::log
