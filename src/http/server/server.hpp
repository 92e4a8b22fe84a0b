#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/url/ip_address.hpp"
#include "http/server/connection_table.hpp"
#include "http/server/request.hpp"

namespace keitaro_outbox::http {

struct ServerOptions {
  std::string host = "127.0.0.1";  ///< An address, or a name that resolves to one.
  int port = 0;                    ///< 0 takes any that is free.
  ConnectionLimits limits;
  std::vector<core::IpNetwork> trusted;     ///< Proxies: no limit of connections for each.
  std::size_t largest_target = 8 * 1024;    ///< Bytes of path and query; more is answered with 414.
  std::size_t largest_headers = 16 * 1024;  ///< Bytes of the rest of the head; more: 431.
  std::size_t largest_body = 64 * 1024;     ///< Bytes; more: 413.
  std::vector<std::string> methods{"GET", "HEAD", "POST"};  ///< Others are answered with 405.
};

/// An HTTP/1.1 server for small requests and answers. One thread serves all connections, and a second one
/// ends those that use up their time: a slow client costs others nothing, and no connection is held by one
/// that does not finish its request. The handler answers at once or later, from any thread.
class Server {
 public:
  /// Called on the server's thread, which serves nobody meanwhile: what takes long is answered later. An
  /// exception is answered with 500.
  using Handler = std::function<void(Request&& request, Reply reply)>;

  struct Figures {
    int connections = 0;                    ///< Open now.
    std::uint64_t requests = 0;             ///< Received whole.
    std::uint64_t refused_connections = 0;  ///< Above a limit.
    std::uint64_t evicted_connections = 0;  ///< Ended to make room for others.
    std::uint64_t overdue_connections = 0;  ///< Ended as their time was up.
  };

  /// Listens and serves from here on. Throws std::runtime_error, in one line that says what to do, when it
  /// cannot listen there.
  Server(ServerOptions options, Handler handler);

  /// Takes no further connection; gives requests that are being handled up to two seconds to be answered, and
  /// answers the rest with 503.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// The port that was taken.
  int port() const;

  Figures figures() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace keitaro_outbox::http
