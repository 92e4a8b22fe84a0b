#include "monitoring/notify_socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>

namespace keitaro_outbox::monitoring {
namespace {

std::optional<std::int64_t> number(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  const bool whole = error == std::errc() && end == text->data() + text->size();
  return whole ? std::optional(value) : std::nullopt;
}

/// A path, or a name in Linux' abstract space, which begins with `@`. Empty for what is neither.
std::string address_of(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const bool usable = name.size() > 1 && (name[0] == '/' || name[0] == '@');
  if (!usable || name.size() >= sizeof address.sun_path) return {};
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';
  const std::size_t size = offsetof(sockaddr_un, sun_path) + name.size();
  return {reinterpret_cast<const char*>(&address), size};
}

}  // namespace

NotifySocket::NotifySocket(const Environment& environment) {
  const auto name = environment("NOTIFY_SOCKET");
  if (!name) return;
  address_ = address_of(*name);
  if (address_.empty()) return;
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  const auto pid = environment("WATCHDOG_PID");
  if (pid && number(pid) != ::getpid()) return;
  const auto patience = number(environment("WATCHDOG_USEC"));
  if (patience && *patience > 0)
    watchdog_interval_ = core::Millis{std::max<std::int64_t>(*patience / 3000, 1)};
}

NotifySocket::~NotifySocket() {
  if (socket_ >= 0) ::close(socket_);
}

void NotifySocket::tell(std::string_view lines) const noexcept {
  if (socket_ < 0) return;
  sockaddr_un address{};
  std::memcpy(&address, address_.data(), address_.size());
  ::sendto(socket_, lines.data(), lines.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
           reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(address_.size()));
}

std::string status_line(std::string_view text) {
  std::string line = "STATUS=" + std::string(text);
  for (char& c : line) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return line + "\n";
}

std::string monotonic_line() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto micros = static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
  return "MONOTONIC_USEC=" + std::to_string(micros) + "\n";
}

}  // namespace keitaro_outbox::monitoring
