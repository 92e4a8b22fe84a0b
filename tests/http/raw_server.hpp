#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace keitaro_outbox::http::test {

class RawServer;

/// One accepted connection, as a handler sees it: bytes, nothing more.
class Connection {
 public:
  Connection(RawServer& server, int socket) : server_(server), socket_(socket) {}

  /// The next request's head, up to and with its empty line; nullopt when the peer has closed, or the server
  /// stops.
  std::optional<std::string> read_request();

  /// The body that belongs to a request's head, by its Content-Length; what came of it where the peer closes.
  std::string read_body(std::string_view head);

  /// False when the peer has closed, or the server stops.
  bool send(std::string_view bytes);

  /// Sends a whole response with a right Content-Length.
  bool respond(std::string_view body, std::string_view status = "200 OK", std::string_view headers = "");

  /// Reads and drops what comes until the peer closes or the server stops.
  void wait_until_closed();

  /// Closes with a reset in place of an orderly end.
  void reset();

  std::size_t bytes_sent() const { return bytes_sent_; }

 private:
  RawServer& server_;
  int socket_;
  std::string buffer_;
  std::size_t bytes_sent_ = 0;
};

/// A server on an ephemeral port of the loopback interface, that does to each connection whatever its handler
/// does.
class RawServer {
 public:
  using Handler = std::function<void(Connection&)>;

  /// `address` is `127.0.0.1` or `::1`.
  explicit RawServer(Handler handler, const std::string& address = "127.0.0.1");
  /// Ends all connections, whatever their handlers wait for.
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  int port() const { return port_; }
  /// `http://HOST:PORT` with the path; `host` as it is to stand in the URL.
  std::string url(std::string_view path = "/secretkey/postback?subid=1",
                  std::string_view host = "127.0.0.1") const;

  std::size_t connections() const;
  std::vector<std::string> requests() const;  ///< All heads, in the order in which they came in.

  /// Waits for at most 10 s.
  bool wait_for_requests(std::size_t count) const;

  /// Waits, for at most 10 s, until all of at least `count` connections are closed on this side.
  bool wait_for_closed(std::size_t count) const;

  /// Refuses further connections; those there are go on.
  void stop_listening();

 private:
  friend class Connection;
  struct Worker {
    int socket;
    bool ended = false;
    std::thread thread;
  };

  void accept_all();
  void serve(Worker& worker);
  void note_request(const std::string& request);

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::string> requests_;
  std::list<Worker> workers_;
  bool stopping_ = false;
  std::thread acceptor_;
};

/// A handler that answers every request with `200 OK` and the body `OK`.
void answer_all(Connection& connection);

/// A port of 127.0.0.1 that nothing listens on.
int unused_port();

}  // namespace keitaro_outbox::http::test
