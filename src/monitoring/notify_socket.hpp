#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/text/time.hpp"

namespace keitaro_outbox::monitoring {

/// The way to tell systemd how a service does: one datagram to the socket that NOTIFY_SOCKET names. A few
/// lines of our own, as a library for it would bring more than it does. Where nobody listens, nothing is
/// done.
class NotifySocket {
 public:
  using Environment = std::function<std::optional<std::string>(const std::string& name)>;

  /// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
  explicit NotifySocket(const Environment& environment);
  ~NotifySocket();
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  bool present() const { return socket_ >= 0; }

  /// How often the watchdog wants to hear from us: a third of its patience; nullopt for no watchdog.
  std::optional<core::Millis> watchdog_interval() const { return watchdog_interval_; }

  /// Sends lines such as `READY=1` or `STATUS=…`, from any thread. Never waits: what does not fit is dropped.
  void tell(std::string_view lines) const noexcept;

 private:
  int socket_ = -1;
  std::string address_;  ///< As bytes of sockaddr_un.
  std::optional<core::Millis> watchdog_interval_;
};

/// `STATUS=` and `text` with nothing in it that would begin another line.
std::string status_line(std::string_view text);

/// The line that must stand beside `RELOADING=1`.
std::string monotonic_line();

}  // namespace keitaro_outbox::monitoring
