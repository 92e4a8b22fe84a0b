#include "sim/server.hpp"

#include <arpa/inet.h>
#include <httplib.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "sim/connection.hpp"
#include "sim/growing_threads.hpp"

namespace keitaro_sim {
namespace {

constexpr std::size_t kMostConnections = 1'024;
constexpr int kBacklog = 1'024;
constexpr Millis kIdleTimeout{75'000};
constexpr std::size_t kLargestBody = 1'048'576;

struct Peer {
  std::string ip;
  int port = 0;
};

using AddressOf = int (*)(int, sockaddr*, socklen_t*);

Peer peer_of(int socket, AddressOf address_of) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address_of(socket, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  if (storage.ss_family == AF_INET6) {
    const auto* address = reinterpret_cast<const sockaddr_in6*>(&storage);
    ::inet_ntop(AF_INET6, &address->sin6_addr, text.data(), text.size());
    return {text.data(), ntohs(address->sin6_port)};
  }
  const auto* address = reinterpret_cast<const sockaddr_in*>(&storage);
  ::inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size());
  return {text.data(), ntohs(address->sin_port)};
}

/// What the library reads requests from and writes answers to.
class ConnectionStream : public httplib::Stream {
 public:
  explicit ConnectionStream(Connection& connection)
      : connection_(connection),
        remote_(peer_of(connection.socket(), ::getpeername)),
        local_(peer_of(connection.socket(), ::getsockname)) {}

  bool is_readable() const override { return true; }
  bool is_writable() const override { return !connection_.is_cut(); }
  ssize_t read(char* to, size_t size) override { return connection_.read(to, size); }
  ssize_t write(const char* from, size_t size) override {
    connection_.write(from, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    std::tie(ip, port) = std::tie(remote_.ip, remote_.port);
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    std::tie(ip, port) = std::tie(local_.ip, local_.port);
  }
  socket_t socket() const override { return connection_.socket(); }

 private:
  Connection& connection_;
  Peer remote_;
  Peer local_;
};

class ConnectionThreads : public httplib::TaskQueue {
 public:
  void enqueue(std::function<void()> job) override { threads_.run(std::move(job)); }
  void shutdown() override { threads_.finish(); }

 private:
  GrowingThreads threads_{kMostConnections};
};

bool is_loopback(const std::string& ip) {
  return ip.starts_with("127.") || ip == "::1" || ip.starts_with("::ffff:127.");
}

HttpQuestion question_of(const httplib::Request& request) {
  HttpQuestion question;
  question.method = request.method;
  question.target = request.target;
  question.accept = request.get_header_value("Accept");
  question.api_key = request.get_header_value("Api-Key");
  question.host = request.get_header_value("Host");
  question.body = request.body;
  question.from_loopback = is_loopback(request.remote_addr);
  return question;
}

bool has_body(const httplib::Request& request) {
  return request.has_header("Content-Length") || request.has_header("Transfer-Encoding");
}

/// The connection whose request this thread is handling.
thread_local Connection* current_connection = nullptr;

/// Reads the body of a request that should have none, which the library would take for the next request.
void skip_body(const httplib::Request& request) {
  if (!has_body(request)) return;
  std::size_t left = 0;
  const std::string written = request.get_header_value("Content-Length");
  const auto read = std::from_chars(written.data(), written.data() + written.size(), left);
  if (request.has_header("Transfer-Encoding") || read.ec != std::errc{} || left > kLargestBody) {
    current_connection->end_after_answer();
    return;
  }
  std::array<char, 4096> buffer{};
  while (left > 0) {
    const ssize_t got = current_connection->read(buffer.data(), std::min(left, buffer.size()));
    if (got <= 0) return;
    left -= static_cast<std::size_t>(got);
  }
}

}  // namespace

/// The library's server with a connection loop of our own: the library offers no way to end a connection
/// without an answer, and looks at each idle connection a hundred times a second.
class Server::Impl : public httplib::Server {
 public:
  Impl(Simulator& simulator, const std::string& host, int port) : simulator_(simulator) {
    configure();
    port_ = port == 0 ? bind_to_any_port(host) : (bind_to_port(host, port) ? port : -1);
    if (port_ <= 0)
      throw std::runtime_error("cannot listen on " + host + ":" + std::to_string(port) +
                               ": the port is taken or not allowed, or the address is not this machine's");
    ::listen(svr_sock_, kBacklog);  // Again, as the library asks for a backlog of 5.
    thread_ = std::thread([this] { listen_after_bind(); });
    while (!is_running()) std::this_thread::yield();
  }

  ~Impl() override {
    stopping_ = true;
    stop();
    {
      // Ends the waiting for requests, and pauses; what is still to be sent can be.
      const std::lock_guard lock(mutex_);
      for (const int socket : open_) ::shutdown(socket, SHUT_RD);
    }
    thread_.join();
  }

  int port() const { return port_; }

 private:
  void configure() {
    new_task_queue = [] { return new ConnectionThreads; };
    set_payload_max_length(kLargestBody);
    set_keep_alive_max_count(std::numeric_limits<int>::max());
    set_keep_alive_timeout(std::chrono::duration_cast<std::chrono::seconds>(kIdleTimeout).count());
    // Without the library's SO_REUSEPORT, by which two simulators could share a port unawares.
    set_socket_options([](socket_t socket) {
      const int on = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
    // Ahead of the library's routes, whose regular expressions are slow; these are only for requests whose
    // body it reads.
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      const bool reads_body =
          request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS";
      if (reads_body && has_body(request)) return HandlerResponse::Unhandled;
      skip_body(request);
      handle(request, response);
      return HandlerResponse::Handled;
    });
    const Handler handler = [this](const httplib::Request& request, httplib::Response& response) {
      handle(request, response);
    };
    Post("(?:.|\\n)*", handler);
    Put("(?:.|\\n)*", handler);
    Patch("(?:.|\\n)*", handler);
    Delete("(?:.|\\n)*", handler);
  }

  void handle(const httplib::Request& request, httplib::Response& response) {
    const auto now = std::chrono::floor<Millis>(std::chrono::system_clock::now());
    const HttpAnswer answer = simulator_.answer(question_of(request), now);
    current_connection->pause(answer.delay);
    if (answer.ending == HttpAnswer::Ending::cut) current_connection->cut();
    response.status = answer.status;
    for (const auto& [name, value] : answer.headers) response.set_header(name, value);
    response.set_content(answer.body, answer.content_type);
  }

  bool process_and_close_socket(socket_t socket) override {
    Connection connection(socket);
    admit(socket);
    ConnectionStream stream(connection);
    current_connection = &connection;
    bool closing = false;
    while (!closing && !stopping_ && connection.await_request(kIdleTimeout)) {
      const bool handled = process_request(stream, false, closing, nullptr);
      if (!connection.flush() || !handled || connection.is_ending()) break;
    }
    current_connection = nullptr;
    dismiss(socket);
    return true;
  }

  void admit(int socket) {
    const std::lock_guard lock(mutex_);
    open_.insert(socket);
    if (stopping_) ::shutdown(socket, SHUT_RD);
  }

  void dismiss(int socket) {
    const std::lock_guard lock(mutex_);
    open_.erase(socket);
  }

  Simulator& simulator_;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::unordered_set<int> open_;
  std::thread thread_;
};

Server::Server(Simulator& simulator, const std::string& host, int port)
    : impl_(std::make_unique<Impl>(simulator, host, port)) {}

Server::~Server() = default;

int Server::port() const {
  return impl_->port();
}

}  // namespace keitaro_sim
