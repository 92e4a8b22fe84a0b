#include "http/server/server.hpp"

#include <linux/tcp.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

#include "core/text/ascii.hpp"
#include "http/server/listening_socket.hpp"
#include "process/signals_blocked.hpp"

namespace keitaro_outbox::http {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// Connections are looked at this often while there are any.
constexpr auto kLook = 250ms;

/// What is being handled may finish within this time when the server stops.
constexpr auto kPatienceAtStop = 2s;

/// The library holds a request's head in a pool of this size for each connection, its own records of headers
/// and parameters included: the largest head that is allowed, and as much again.
constexpr std::size_t kPool = 40 * 1024;

/// Of a body that is too large this much is read and thrown away, so that the client can read its answer;
/// beyond it the connection is ended.
constexpr std::size_t kLargestDiscarded = 1024 * 1024;

/// The library stops to accept at its own limit, without asking us: it must lie above ours, by the
/// connections that are being ended. So many more, or as many again where the limit is lower.
constexpr int kRoomForEnding = 256;

std::uint64_t bytes_received(int socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
  return info.tcpi_bytes_received;
}

int socket_of(MHD_Connection* connection) {
  const auto* const info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info == nullptr ? -1 : info->connect_fd;
}

std::optional<core::IpAddress> peer_of(MHD_Connection* connection) {
  const auto* const info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info == nullptr ? std::nullopt : core::IpAddress::of(info->client_addr);
}

std::size_t head_size_of(MHD_Connection* connection) {
  const auto* const info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return info == nullptr ? 0 : info->header_size;
}

/// The library reads a head as C strings: it would take a line only up to a NUL. The bytes that it did not
/// show us give that away. A space around each value is allowed for.
bool hides_bytes(std::size_t head, std::string_view method, std::string_view target, std::string_view version,
                 const std::vector<Header>& headers) {
  std::size_t shown = method.size() + target.size() + version.size() + std::string_view("  \r\n\r\n").size();
  for (const auto& [name, value] : headers) {
    shown += name.size() + value.size() + std::string_view(": \r\n").size();
  }
  return head > shown + headers.size();
}

MHD_Result collect_header(void* into, MHD_ValueKind, const char* name, std::size_t name_size,
                          const char* value, std::size_t value_size) {
  static_cast<std::vector<Header>*>(into)->emplace_back(
      std::string(name, name_size), value == nullptr ? std::string() : std::string(value, value_size));
  return MHD_YES;
}

std::vector<Header> headers_of(MHD_Connection* connection) {
  std::vector<Header> headers;
  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, &collect_header, &headers);
  return headers;
}

Response refusal(int status, std::string_view why, bool close = false) {
  Response response;
  response.status = status;
  response.body = std::string(why) + "\n";
  response.close = close;
  return response;
}

MHD_Result queue(MHD_Connection* connection, const Response& response) {
  // The library copies the body; its signature is just not const.
  MHD_Response* const out = MHD_create_response_from_buffer(
      response.body.size(), const_cast<char*>(response.body.data()), MHD_RESPMEM_MUST_COPY);
  if (out == nullptr) return MHD_NO;
  MHD_add_response_header(out, MHD_HTTP_HEADER_CONTENT_TYPE, response.type.c_str());
  for (const auto& [name, value] : response.headers) {
    MHD_add_response_header(out, name.c_str(), value.c_str());
  }
  if (response.close) MHD_add_response_header(out, MHD_HTTP_HEADER_CONNECTION, "close");
  const MHD_Result queued = MHD_queue_response(connection, static_cast<unsigned>(response.status), out);
  MHD_destroy_response(out);
  return queued;
}

/// One request and its answer, from its first line to its end.
class Exchange final : public Reply::Receiver {
 public:
  explicit Exchange(std::string target) : target_(std::move(target)) {}

  // --- on the server's thread

  std::string target_;
  Request request_;
  std::optional<Response> refusal_;  ///< Decided on before the body was there.
  std::size_t body_size_ = 0;
  bool begun_ = false;   ///< The head was looked at.
  bool handed_ = false;  ///< The handler has it.

  /// Queues the answer if it is there; otherwise the connection rests until it is.
  MHD_Result answer_or_suspend(MHD_Connection* connection) {
    const std::lock_guard lock(mutex_);
    if (response_) return queue(connection, *response_);
    suspended_ = connection;
    MHD_suspend_connection(connection);
    return MHD_YES;
  }

  bool answered() {
    const std::lock_guard lock(mutex_);
    return response_.has_value();
  }

  /// The connection goes away; an answer has nowhere to go from now on.
  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }

  // --- on any thread

  void receive(Response&& response) noexcept override {
    const std::lock_guard lock(mutex_);
    if (ended_ || response_) return;
    response_ = std::move(response);
    if (suspended_ != nullptr) MHD_resume_connection(std::exchange(suspended_, nullptr));
  }

 private:
  std::mutex mutex_;
  std::optional<Response> response_;
  MHD_Connection* suspended_ = nullptr;
  bool ended_ = false;
};

}  // namespace

class Server::Impl {
 public:
  Impl(ServerOptions options, Handler handler)
      : options_(std::move(options)), handler_(std::move(handler)), table_(options_.limits, &bytes_received) {
    listener_ = listen_on(options_.host, options_.port);
    const process::SignalsBlocked blocked;
    daemon_ = start();
    if (daemon_ == nullptr) {
      ::close(listener_);
      throw std::runtime_error(
          "cannot start the HTTP server: is the limit of open files (ulimit -n) too low?");
    }
    watcher_ = std::thread([this] { end_overdue_connections(); });
  }

  ~Impl() {
    const int listener = MHD_quiesce_daemon(daemon_);
    {
      std::unique_lock lock(mutex_);
      stopping_ = true;
      all_answered_.wait_for(lock, kPatienceAtStop, [this] { return handed_ == 0; });
      std::vector<std::shared_ptr<Exchange>> left;
      for (const auto& [raw, exchange] : exchanges_) left.push_back(exchange);
      lock.unlock();
      for (const auto& exchange : left) exchange->receive(refusal(503, "stopping", true));
      lock.lock();
      all_answered_.wait_for(lock, 1s, [this] { return handed_ == 0; });
    }
    MHD_stop_daemon(daemon_);
    wake_watcher_.notify_all();
    watcher_.join();
    ::close(listener >= 0 ? listener : listener_);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  int port() const { return options_.port; }

  Figures figures() const {
    const std::lock_guard lock(mutex_);
    Figures figures = figures_;
    figures.connections = table_.size();
    return figures;
  }

 private:
  MHD_Daemon* start() {
    const auto limit = static_cast<unsigned>(options_.limits.connections +
                                             std::min(options_.limits.connections, kRoomForEnding));
    return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, &on_accept, this,
                            &on_access, this, MHD_OPTION_LISTEN_SOCKET, listener_,
                            MHD_OPTION_CONNECTION_LIMIT, limit, MHD_OPTION_CONNECTION_MEMORY_LIMIT, kPool,
                            MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, &on_target, this,
                            MHD_OPTION_NOTIFY_COMPLETED, &on_completed, this, MHD_OPTION_NOTIFY_CONNECTION,
                            &on_connection, this, MHD_OPTION_END);
  }

  // --- what the library calls, all on its own thread

  static MHD_Result on_accept(void* self, const sockaddr* address, socklen_t) {
    return static_cast<Impl*>(self)->accept(address) ? MHD_YES : MHD_NO;
  }
  static void on_connection(void* self, MHD_Connection* connection, void**,
                            MHD_ConnectionNotificationCode code) {
    static_cast<Impl*>(self)->connection_changed(connection, code);
  }
  static void* on_target(void* self, const char* target, MHD_Connection* connection) {
    try {
      return static_cast<Impl*>(self)->begin(target, connection);
    } catch (const std::exception&) {  // out of memory
      return nullptr;
    }
  }
  static MHD_Result on_access(void* self, MHD_Connection* connection, const char*, const char* method,
                              const char* version, const char* data, std::size_t* data_size,
                              void** exchange) {
    auto& impl = *static_cast<Impl*>(self);
    if (*exchange == nullptr) return MHD_NO;
    try {
      return impl.access(connection, method, version, {data, *data_size}, *data_size,
                         *static_cast<Exchange*>(*exchange));
    } catch (const std::exception&) {  // out of memory
      return MHD_NO;
    }
  }
  static void on_completed(void* self, MHD_Connection* connection, void** exchange,
                           MHD_RequestTerminationCode) {
    static_cast<Impl*>(self)->complete(connection, static_cast<Exchange*>(*exchange));
  }

  bool accept(const sockaddr* address) {
    const auto peer = core::IpAddress::of(address);
    if (!peer) return false;
    const std::lock_guard lock(mutex_);
    const auto admission = table_.admit(*peer, trusts(*peer));
    if (admission.evicted) {
      ::shutdown(*admission.evicted, SHUT_RDWR);
      ++figures_.evicted_connections;
    }
    if (!admission.admitted) ++figures_.refused_connections;
    return admission.admitted;
  }

  bool trusts(const core::IpAddress& peer) const {
    return std::ranges::any_of(options_.trusted, [&](const core::IpNetwork& n) { return n.contains(peer); });
  }

  void connection_changed(MHD_Connection* connection, MHD_ConnectionNotificationCode code) {
    const int socket = socket_of(connection);
    const std::lock_guard lock(mutex_);
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
      table_.closed(socket);
      return;
    }
    const bool first = table_.empty();
    table_.opened(socket, peer_of(connection).value_or(core::IpAddress()), Clock::now());
    if (first) wake_watcher_.notify_all();
  }

  Exchange* begin(const char* target, MHD_Connection* connection) {
    auto exchange = std::make_shared<Exchange>(target);
    Exchange* const raw = exchange.get();
    const std::lock_guard lock(mutex_);
    exchanges_.emplace(raw, std::move(exchange));
    table_.head_begun(socket_of(connection), Clock::now());
    return raw;
  }

  MHD_Result access(MHD_Connection* connection, std::string_view method, std::string_view version,
                    std::string_view data, std::size_t& data_size, Exchange& exchange) {
    if (!exchange.begun_) {
      exchange.begun_ = true;
      if (auto refused = look_at_head(connection, method, version, exchange))
        return answer(connection, *refused);
      return MHD_YES;
    }
    if (!data.empty()) {
      data_size = 0;
      return take_body(exchange, data);
    }
    if (exchange.handed_) {
      note_answer(connection);
      return exchange.answer_or_suspend(connection);
    }
    if (exchange.refusal_) return answer(connection, *exchange.refusal_);
    return hand_over(connection, exchange);
  }

  /// Reads the head. Gives the answer to one that needs no body to be refused.
  std::optional<Response> look_at_head(MHD_Connection* connection, std::string_view method,
                                       std::string_view version, Exchange& exchange) {
    if (exchange.target_.size() > options_.largest_target) return refusal(414, "the address is too long");
    const std::size_t head = head_size_of(connection);
    if (head > exchange.target_.size() + options_.largest_headers)
      return refusal(431, "the headers are too long");
    Request& request = exchange.request_;
    request.headers = headers_of(connection);
    if (const auto fault = framing_fault(request.headers, version)) return refusal(400, *fault, true);
    if (hides_bytes(head, method, exchange.target_, version, request.headers))
      return refusal(400, "the head has a NUL byte, or blanks that have no place in it", true);
    const auto target = parse_target(exchange.target_);
    if (!target) return refusal(400, "the address must be a path", true);
    if (std::ranges::find(options_.methods, method) == options_.methods.end()) return not_allowed();
    request.method = method;
    request.path = target->path;
    request.query = target->query;
    if (const auto peer = peer_of(connection)) request.peer = peer->text();
    const auto length = request.header("Content-Length");
    if (!length || length->size() <= 5) return std::nullopt;  // At most 99,999: the body itself is measured.
    const auto too_large = refusal(413, "the body is too large", true);
    if (length->size() > 7) return too_large;
    exchange.refusal_ = too_large;
    return std::nullopt;
  }

  Response not_allowed() const {
    Response response = refusal(405, "method not allowed");
    std::string allowed;
    for (const std::string& method : options_.methods) allowed += (allowed.empty() ? "" : ", ") + method;
    response.headers.emplace_back("Allow", std::move(allowed));
    return response;
  }

  MHD_Result take_body(Exchange& exchange, std::string_view data) const {
    exchange.body_size_ += data.size();
    if (exchange.body_size_ > kLargestDiscarded) return MHD_NO;
    if (exchange.body_size_ > options_.largest_body && !exchange.refusal_)
      exchange.refusal_ = refusal(413, "the body is too large", true);
    if (!exchange.refusal_) exchange.request_.body += data;
    return MHD_YES;
  }

  MHD_Result hand_over(MHD_Connection* connection, Exchange& exchange) {
    std::shared_ptr<Exchange> shared;
    {
      const std::lock_guard lock(mutex_);
      ++figures_.requests;
      table_.request_complete(socket_of(connection));
      if (!stopping_) {
        exchange.handed_ = true;
        ++handed_;
        shared = exchanges_.at(&exchange);
      }
    }
    if (!shared) return answer(connection, refusal(503, "stopping", true));
    try {
      handler_(std::move(exchange.request_), Reply(shared));
    } catch (const std::exception&) {
      shared->receive(refusal(500, "internal error"));
    }
    if (exchange.answered()) note_answer(connection);
    return exchange.answer_or_suspend(connection);
  }

  MHD_Result answer(MHD_Connection* connection, const Response& response) {
    note_answer(connection);
    return queue(connection, response);
  }

  void note_answer(MHD_Connection* connection) {
    const std::lock_guard lock(mutex_);
    table_.answer_begun(socket_of(connection), Clock::now());
  }

  void complete(MHD_Connection* connection, Exchange* exchange) {
    if (exchange == nullptr) return;
    exchange->end();
    const std::lock_guard lock(mutex_);
    table_.answer_done(socket_of(connection), Clock::now());
    if (exchange->handed_ && --handed_ == 0) all_answered_.notify_all();
    exchanges_.erase(exchange);
  }

  // --- the watcher's thread

  void end_overdue_connections() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (table_.empty()) {
        wake_watcher_.wait(lock, [this] { return stopping_ || !table_.empty(); });
      } else {
        wake_watcher_.wait_for(lock, kLook, [this] { return stopping_; });
      }
      // A socket is closed after connection_changed() has taken it out, which needs the lock: none of these
      // can be another's by now.
      for (const int socket : table_.overdue(Clock::now())) {
        ::shutdown(socket, SHUT_RDWR);
        ++figures_.overdue_connections;
      }
    }
  }

  ServerOptions options_;
  const Handler handler_;
  int listener_ = -1;
  MHD_Daemon* daemon_ = nullptr;

  mutable std::mutex mutex_;
  std::condition_variable wake_watcher_;
  std::condition_variable all_answered_;
  ConnectionTable table_;
  std::unordered_map<Exchange*, std::shared_ptr<Exchange>> exchanges_;
  Figures figures_;
  int handed_ = 0;  ///< Requests that the handler was given and whose answer is not out.
  bool stopping_ = false;

  std::thread watcher_;
};

Server::Server(ServerOptions options, Handler handler)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(handler))) {}

Server::~Server() = default;

int Server::port() const {
  return impl_->port();
}

Server::Figures Server::figures() const {
  return impl_->figures();
}

}  // namespace keitaro_outbox::http
