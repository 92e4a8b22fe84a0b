#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>

#include "core/text/time.hpp"
#include "core/url/ip_address.hpp"

namespace keitaro_outbox::http {

struct ConnectionLimits {
  int connections = 1000;
  int connections_per_client = 100;  ///< See IpAddress::client().
  core::Millis request{5'000};       ///< For a whole head and body, from the first byte on.
  core::Millis answer{10'000};       ///< For the client to take an answer.
  core::Millis idle{75'000};         ///< Between two requests; longer than proxies keep theirs (60 s).
};

/// Who is connected, what each connection is about, and which have used up their time. A library's idle
/// time-out begins again with each byte; here a whole request has one deadline, so that a client that drips
/// cannot hold a connection for longer. Not thread-safe; reads no clock.
class ConnectionTable {
 public:
  /// The bytes that a socket has received so far: how the beginning of the next request is noticed.
  using BytesReceived = std::function<std::uint64_t(int socket)>;

  ConnectionTable(const ConnectionLimits& limits, BytesReceived bytes_received);

  struct Admission {
    bool admitted = false;
    std::optional<int> evicted;  ///< The socket of a connection to end, which makes room for this one.
  };

  /// Whether a new connection may be opened. Where all are taken, the one that has waited longest for a
  /// client's request makes room, those first that never made one; where none waits, the new one is refused.
  /// `trusted` clients (proxies) have no limit of their own.
  Admission admit(const core::IpAddress& peer, bool trusted);

  void opened(int socket, const core::IpAddress& peer, core::SteadyTime now);
  void head_begun(int socket, core::SteadyTime now);    ///< Of a further request.
  void request_complete(int socket);                    ///< It is being handled, however long that takes.
  void answer_begun(int socket, core::SteadyTime now);  ///< The client must take it in time.
  void answer_done(int socket, core::SteadyTime now);   ///< The next request may come.
  void closed(int socket);

  /// The sockets whose time is up; each is named once.
  std::vector<int> overdue(core::SteadyTime now);

  int size() const { return static_cast<int>(connections_.size()); }
  bool empty() const { return connections_.empty(); }

 private:
  enum class Phase : std::uint8_t { reading, handling, answering, idle, ending };
  struct Connection {
    core::IpAddress client;
    Phase phase = Phase::reading;
    bool has_asked = false;       ///< A whole request was received once.
    core::SteadyTime since{};     ///< When the phase began.
    core::SteadyTime deadline{};  ///< Of no meaning while handling or ending.
    std::uint64_t bytes_when_idle = 0;
  };

  Connection* find(int socket);
  std::optional<int> longest_waiting() const;

  const ConnectionLimits limits_;
  const BytesReceived bytes_received_;
  std::unordered_map<int, Connection> connections_;
  std::map<core::IpAddress, int> per_client_;
};

}  // namespace keitaro_outbox::http
