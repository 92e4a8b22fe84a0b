#include "http/server/server.hpp"

#include <linux/tcp.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdarg>
#include <cstring>
#include <mutex>
#include <new>
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
/// and cookies included: the largest head that is allowed, and half as much again. Who makes more records
/// than that is answered past the library: see answer_past_library().
constexpr std::size_t kPool = 36 * 1024;

/// Of a body that is too large this much is read and thrown away, as a client may read its answer only after
/// it has sent everything; beyond it the connection is ended.
constexpr std::size_t kLargestDiscarded = 16 * 1024 * 1024;

/// The library stops to accept at its own limit, without asking us: it must lie above ours, by the
/// connections that are being ended. So many more, or as many again where the limit is lower.
constexpr int kRoomForEnding = 256;

std::uint64_t bytes_received(int socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
  return info.tcpi_bytes_received;
}

/// Handed to the system for sending so far.
std::uint64_t bytes_sent(int socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
  return info.tcpi_bytes_sent - info.tcpi_bytes_retrans + info.tcpi_notsent_bytes;
}

/// Reads and throws away what has come: a socket that is closed with bytes unread takes back its answer.
void discard_input(int socket) {
  std::array<char, 16 * 1024> ignored;
  for (int i = 0; i < 64 && ::recv(socket, ignored.data(), ignored.size(), MSG_DONTWAIT) > 0; ++i) {
  }
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

std::vector<Header> headers_of(MHD_Connection* connection) {
  std::vector<Header> headers;
  const auto take = [](void* into, MHD_ValueKind, const char* name, std::size_t name_size, const char* value,
                       std::size_t value_size) {
    static_cast<std::vector<Header>*>(into)->emplace_back(
        std::string_view(name, name_size),
        value == nullptr ? std::string_view() : std::string_view(value, value_size));
    return MHD_YES;
  };
  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, take, &headers);
  return headers;
}

/// The headers of a request, and whether they are all that its head has. The library reads a head as C
/// strings, and joins folded lines: what stands behind a NUL, or in a line of its own, would be taken in
/// another way by others that read the same bytes. It leaves the head in its place, so what it does not show
/// is a gap.
class HeadReader {
 public:
  /// `begin` points at the method, `version` at the version, as the library has them; `target` is as long as
  /// it was told.
  HeadReader(const char* begin, std::string_view method, std::size_t target, std::string_view version)
      : begin_(begin), end_(version.data() + version.size()) {
    whole_ = begin + method.size() + target + 2 == version.data();
  }

  void read(MHD_Connection* connection) {
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, &take, this);
    whole_ = whole_ && holds_line_ends(end_, begin_ + head_size_of(connection), 2);
  }

  bool whole() const { return whole_; }
  std::vector<Header> headers() && { return std::move(headers_); }

 private:
  static MHD_Result take(void* into, MHD_ValueKind, const char* name, std::size_t name_size,
                         const char* value, std::size_t value_size) {
    auto& self = *static_cast<HeadReader*>(into);
    const std::string_view name_text(name, name_size);
    const std::string_view value_text = value == nullptr ? "" : std::string_view(value, value_size);
    self.whole_ = self.whole_ && value != nullptr && holds_line_ends(self.end_, name, 1) &&
                  holds_colon(name + name_size, value);
    self.end_ = value_text.data() + value_text.size();
    self.headers_.emplace_back(name_text, value_text);
    return MHD_YES;
  }

  /// Bytes from one place up to another; none where that lies before, or in other memory.
  static std::optional<std::string_view> between(const char* from, const char* to, std::size_t longest) {
    const auto size = reinterpret_cast<std::uintptr_t>(to) - reinterpret_cast<std::uintptr_t>(from);
    if (size > longest) return std::nullopt;
    return std::string_view(from, size);
  }

  /// The library has made zeros of the ends of lines.
  static bool holds_line_ends(const char* from, const char* to, std::size_t lines) {
    const auto gap = between(from, to, 2 * lines);
    return gap && gap->size() >= lines && gap->find_first_not_of('\0') == std::string_view::npos;
  }

  /// And of the colon; blanks may follow it.
  static bool holds_colon(const char* from, const char* to) {
    const auto gap = between(from, to, kPool);
    return gap && !gap->empty() && gap->find_first_not_of(" \t", 1) == std::string_view::npos;
  }

  const char* const begin_;
  const char* end_;  ///< Of what was read last.
  bool whole_ = true;
  std::vector<Header> headers_;
};

Response refusal(int status, std::string_view why, bool close = false) {
  Response response;
  response.status = status;
  response.body = std::string(why) + "\n";
  response.close = close;
  return response;
}

/// An answer as it goes over the wire, for a connection that ends with it.
std::string written_out(const Response& response, bool with_body) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + " " +
                    MHD_get_reason_phrase_for(static_cast<unsigned>(response.status)) +
                    "\r\nConnection: close\r\nContent-Type: " + response.type +
                    "\r\nContent-Length: " + std::to_string(response.body.size()) + "\r\n";
  for (const auto& [name, value] : response.headers) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
  out += "\r\n";
  return with_body ? out + response.body : out;
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
  Exchange(std::string target, MHD_Connection* connection)
      : target_(std::move(target)), connection_(connection) {}

  // --- on the server's thread

  std::string target_;
  MHD_Connection* const connection_;
  Request request_;
  std::optional<Response> refusal_;  ///< Decided on before the body was there.
  std::size_t body_size_ = 0;
  std::uint64_t sent_before_ = 0;  ///< Bytes of earlier answers on the connection.
  bool is_head_ = false;           ///< The method HEAD: an answer has no body.
  bool is_unread_ = false;         ///< The library answers it without us.
  bool is_last_ = false;           ///< The connection ends after a refusal of the head alone.
  bool begun_ = false;             ///< The head was looked at.
  bool handed_ = false;            ///< The handler has it.

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

  /// What the client is to be told, where the library could not do it.
  std::optional<Response> answer() {
    const std::lock_guard lock(mutex_);
    if (handed_) return response_;
    return refusal_ ? refusal_ : refusal(431, "the headers are too long", true);
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
    try {
      watcher_ = std::thread([this] { end_overdue_connections(); });
    } catch (...) {
      MHD_stop_daemon(daemon_);
      ::close(listener_);
      throw;
    }
  }

  ~Impl() {
    const int listener = MHD_quiesce_daemon(daemon_);
    {
      std::unique_lock lock(mutex_);
      stopping_ = true;
      all_answered_.wait_for(lock, kPatienceAtStop, [this] { return nothing_is_answered(); });
      answer_what_is_left(lock);
      all_answered_.wait_for(lock, 1s, [this] { return nothing_is_answered(); });
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
    return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
                            &on_accept, this, &on_access, this, MHD_OPTION_EXTERNAL_LOGGER, &on_complaint,
                            this, MHD_OPTION_LISTEN_SOCKET, listener_, MHD_OPTION_CONNECTION_LIMIT, limit,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, kPool, MHD_OPTION_URI_LOG_CALLBACK,
                            &on_target, this, MHD_OPTION_NOTIFY_COMPLETED, &on_completed, this,
                            MHD_OPTION_NOTIFY_CONNECTION, &on_connection, this, MHD_OPTION_END);
  }

  /// The library must not be stopped while it answers an unread head by itself: version 0.9.75 would go on
  /// with an answer that it has not made.
  bool nothing_is_answered() const { return handed_ == 0 && unread_ == 0; }

  /// At the stop. `lock` is held before and after.
  void answer_what_is_left(std::unique_lock<std::mutex>& lock) {
    try {
      std::vector<std::shared_ptr<Exchange>> left;
      for (const auto& [raw, exchange] : exchanges_) left.push_back(exchange);
      lock.unlock();
      for (const auto& exchange : left) exchange->receive(refusal(503, "stopping", true));
    } catch (const std::exception&) {
      // Out of memory: their connections end without an answer.
    }
    if (!lock.owns_lock()) lock.lock();
  }

  // --- what the library calls, all on its own thread

  static MHD_Result on_accept(void* self, const sockaddr* address, socklen_t) {
    try {
      return static_cast<Impl*>(self)->accept(address) ? MHD_YES : MHD_NO;
    } catch (const std::exception&) {  // out of memory
      return MHD_NO;
    }
  }
  static void on_connection(void* self, MHD_Connection* connection, void**,
                            MHD_ConnectionNotificationCode code) {
    try {
      static_cast<Impl*>(self)->connection_changed(connection, code);
    } catch (const std::exception&) {
      // Out of memory: a connection that nobody watches must not stay.
      ::shutdown(socket_of(connection), SHUT_RDWR);
    }
  }
  /// The library would go on to make a record of each parameter in its pool, and drop the connection without
  /// an answer where that is full. Nobody reads these records: it is shown an empty query. The target lies in
  /// its own buffer, which it is about to cut up.
  static void* on_target(void* self, const char* target, MHD_Connection* connection) {
    Exchange* begun = nullptr;
    try {
      begun = static_cast<Impl*>(self)->begin(target, connection);
    } catch (const std::exception&) {  // out of memory
    }
    const char* const question = std::strchr(target, '?');
    if (question != nullptr) const_cast<char*>(question)[1] = '\0';
    return begun;
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
                           MHD_RequestTerminationCode how) {
    auto* const of_ours = static_cast<Exchange*>(*exchange);
    if (of_ours == nullptr) return;
    if (how == MHD_REQUEST_TERMINATED_WITH_ERROR) answer_past_library(socket_of(connection), *of_ours);
    if (of_ours->is_last_) discard_input(socket_of(connection));
    static_cast<Impl*>(self)->complete(connection, *of_ours);
  }

  /// The library has something to say, and nobody to hear it. It is called in the midst of its work.
  static void on_complaint(void* self, const char*, va_list) {
    try {
      auto& impl = *static_cast<Impl*>(self);
      if (impl.server_thread_ == std::this_thread::get_id()) impl.answer_unread_head();
    } catch (const std::exception&) {  // out of memory
    }
  }

  /// A head that came whole and that the library cannot take (a Content-Length that is no number, more
  /// cookies than its pool has room for) it answers itself, with the head of its answer sent twice: version
  /// 0.9.75 goes on as if it had not. Such a head is the only one with a size that was not handed to us. Ours
  /// comes first, and shuts the way for what follows. On the server's thread, which alone changes
  /// `exchanges_`.
  void answer_unread_head() {
    for (const auto& [exchange, shared] : exchanges_) {
      if (exchange->begun_ || head_size_of(exchange->connection_) == 0) continue;
      exchange->begun_ = true;
      exchange->is_unread_ = true;
      {
        const std::lock_guard lock(mutex_);
        ++unread_;
      }
      exchange->refusal_ = refusal_of_head(headers_of(exchange->connection_));
      const int socket = socket_of(exchange->connection_);
      answer_past_library(socket, *exchange);
      ::shutdown(socket, SHUT_WR);
      return;
    }
  }

  static Response refusal_of_head(const std::vector<Header>& headers) {
    if (const auto fault = framing_fault(headers, "HTTP/1.1")) return refusal(400, *fault, true);
    Request request;
    request.headers = headers;
    if (body_length(request) > kLargestDiscarded) return refusal(413, "the body is too large", true);
    return refusal(431, "the headers are too long", true);
  }

  /// Where the library's pool has no room for an answer, it ends the connection without one. A proxy takes
  /// that for a server that is down. The socket is still open when we are told.
  static void answer_past_library(int socket, Exchange& exchange) {
    try {
      if (bytes_sent(socket) != exchange.sent_before_) return;  // It has begun one.
      const auto answer = exchange.answer();
      if (!answer) return;
      const std::string bytes = written_out(*answer, !exchange.is_head_);
      if (::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) > 0) discard_input(socket);
    } catch (const std::exception&) {  // out of memory
    }
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
    auto exchange = std::make_shared<Exchange>(target, connection);
    Exchange* const raw = exchange.get();
    raw->sent_before_ = bytes_sent(socket_of(connection));
    server_thread_ = std::this_thread::get_id();
    const std::lock_guard lock(mutex_);
    exchanges_.emplace(raw, std::move(exchange));
    table_.head_begun(socket_of(connection), Clock::now());
    return raw;
  }

  MHD_Result access(MHD_Connection* connection, std::string_view method, std::string_view version,
                    std::string_view data, std::size_t& data_size, Exchange& exchange) {
    if (!exchange.begun_) {
      exchange.begun_ = true;
      if (auto refused = look_at_head(connection, method, version, exchange)) {
        const Request& request = exchange.request_;
        exchange.is_last_ =
            refused->close || request.header("Content-Length") || request.header("Transfer-Encoding");
        return answer(connection, *refused);
      }
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
    exchange.is_head_ = method == MHD_HTTP_METHOD_HEAD;
    HeadReader reader(method.data(), method, exchange.target_.size(), version);
    reader.read(connection);
    const bool whole = reader.whole();
    Request& request = exchange.request_;
    request.headers = std::move(reader).headers();
    if (!whole) return refusal(400, "the head has a NUL byte, a folded line, or blanks out of place", true);
    if (const auto fault = framing_fault(request.headers, version)) return refusal(400, *fault, true);
    if (exchange.target_.find(' ') != std::string::npos)
      return refusal(400, "the address has a blank: write it as %20", true);
    const auto target = parse_target(exchange.target_);
    if (!target) return refusal(400, "the address must be a path", true);
    if (std::ranges::find(options_.methods, method) == options_.methods.end()) return not_allowed();
    request.method = method;
    request.path = target->path;
    request.query = target->query;
    if (const auto peer = peer_of(connection)) request.peer = peer->text();
    const auto length = body_length(request);
    if (length <= options_.largest_body) return std::nullopt;
    const auto too_large = refusal(413, "the body is too large", true);
    // What cannot be read to its end, and what is not being sent yet, is answered at once.
    if (length > kLargestDiscarded || request.header("Expect")) return too_large;
    exchange.refusal_ = too_large;
    return std::nullopt;
  }

  /// As it was announced; 0 where it was not.
  static std::uint64_t body_length(const Request& request) {
    const std::string_view digits = request.header("Content-Length").value_or("");
    std::uint64_t length = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    return read.ec == std::errc::result_out_of_range ? ~std::uint64_t{0} : length;
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

  void complete(MHD_Connection* connection, Exchange& exchange) {
    exchange.end();
    const std::lock_guard lock(mutex_);
    table_.answer_done(socket_of(connection), Clock::now());
    if (exchange.handed_) --handed_;
    if (exchange.is_unread_) --unread_;
    if (nothing_is_answered()) all_answered_.notify_all();
    exchanges_.erase(&exchange);
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
      try {
        for (const int socket : table_.overdue(Clock::now())) {
          ::shutdown(socket, SHUT_RDWR);
          ++figures_.overdue_connections;
        }
      } catch (const std::bad_alloc&) {
        // They are still overdue at the next look.
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
  int unread_ = 0;  ///< Heads that answer_unread_head() has answered, and the library has not done with.
  bool stopping_ = false;

  std::atomic<std::thread::id> server_thread_;
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
