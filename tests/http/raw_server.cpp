#include "raw_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace keitaro_outbox::http::test {
namespace {

struct Listener {
  int socket;
  int port;
};

const sockaddr* generic(const sockaddr_storage& storage) {
  return reinterpret_cast<const sockaddr*>(&storage);
}

socklen_t fill_address(sockaddr_storage& storage, const std::string& address) {
  if (address.find(':') != std::string::npos) {
    sockaddr_in6 in6{};
    in6.sin6_family = AF_INET6;
    inet_pton(AF_INET6, address.c_str(), &in6.sin6_addr);
    std::memcpy(&storage, &in6, sizeof in6);
    return sizeof in6;
  }
  sockaddr_in in{};
  in.sin_family = AF_INET;
  inet_pton(AF_INET, address.c_str(), &in.sin_addr);
  std::memcpy(&storage, &in, sizeof in);
  return sizeof in;
}

int port_of(const sockaddr_storage& storage) {
  sockaddr_in in{};  // the port stands at the same place for both families
  std::memcpy(&in, &storage, sizeof in);
  return ntohs(in.sin_port);
}

Listener bound(const std::string& address) {
  sockaddr_storage storage{};
  socklen_t size = fill_address(storage, address);
  const int listener = ::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0 || ::bind(listener, generic(storage), size) != 0) {
    if (listener >= 0) ::close(listener);
    throw std::runtime_error("no socket on " + address);
  }
  size = sizeof storage;
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&storage), &size);
  return {listener, port_of(storage)};
}

}  // namespace

std::optional<std::string> Connection::read_request() {
  while (true) {
    const auto end = buffer_.find("\r\n\r\n");
    if (end != std::string::npos) {
      std::string request = buffer_.substr(0, end + 4);
      buffer_.erase(0, end + 4);
      server_.note_request(request);
      return request;
    }
    char bytes[4096];
    const auto count = ::recv(socket_, bytes, sizeof bytes, 0);
    if (count <= 0) return std::nullopt;
    buffer_.append(bytes, static_cast<std::size_t>(count));
  }
}

std::string Connection::read_body(std::string_view head) {
  constexpr std::string_view kName = "Content-Length: ";
  const auto at = head.find(kName);
  if (at == std::string_view::npos) return {};
  const std::size_t size = std::stoul(std::string(head.substr(at + kName.size())));
  char bytes[4096];
  while (buffer_.size() < size) {
    const auto count = ::recv(socket_, bytes, sizeof bytes, 0);
    if (count <= 0) break;
    buffer_.append(bytes, static_cast<std::size_t>(count));
  }
  std::string body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return body;
}

bool Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes_sent_ += static_cast<std::size_t>(count);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool Connection::respond(std::string_view body, std::string_view status, std::string_view headers) {
  std::string out = "HTTP/1.1 ";
  out.append(status).append("\r\n").append(headers);
  out.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  return send(out);
}

void Connection::wait_until_closed() {
  char bytes[4096];
  while (::recv(socket_, bytes, sizeof bytes, 0) > 0) {
  }
}

void Connection::reset() {
  const linger max_in_flight{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &max_in_flight, sizeof max_in_flight);
}

RawServer::RawServer(Handler handler, const std::string& address) : handler_(std::move(handler)) {
  const Listener listener = bound(address);
  listener_ = listener.socket;
  port_ = listener.port;
  ::listen(listener_, 1024);
  acceptor_ = std::thread([this] { accept_all(); });
}

RawServer::~RawServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stop_listening();
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (Worker& worker : workers_) {
      if (!worker.ended) ::shutdown(worker.socket, SHUT_RDWR);
    }
  }
  for (Worker& worker : workers_) worker.thread.join();
  ::close(listener_);
}

void RawServer::stop_listening() {
  ::shutdown(listener_, SHUT_RDWR);
}

std::string RawServer::url(std::string_view path, std::string_view host) const {
  return "http://" + std::string(host) + ":" + std::to_string(port_) + std::string(path);
}

void RawServer::accept_all() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::lock_guard lock(mutex_);
    if (socket < 0) return;
    if (stopping_) {
      ::close(socket);
      return;
    }
    Worker& worker = workers_.emplace_back(Worker{socket, false, {}});
    worker.thread = std::thread([this, &worker] { serve(worker); });
  }
}

void RawServer::serve(Worker& worker) {
  Connection connection(*this, worker.socket);
  handler_(connection);
  const std::lock_guard lock(mutex_);
  worker.ended = true;
  ::close(worker.socket);
  changed_.notify_all();
}

void RawServer::note_request(const std::string& request) {
  const std::lock_guard lock(mutex_);
  requests_.push_back(request);
  changed_.notify_all();
}

std::size_t RawServer::connections() const {
  const std::lock_guard lock(mutex_);
  return workers_.size();
}

std::vector<std::string> RawServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

bool RawServer::wait_for_requests(std::size_t count) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds{10}, [&] { return requests_.size() >= count; });
}

bool RawServer::wait_for_closed(std::size_t count) const {
  std::unique_lock lock(mutex_);
  const auto all_ended = [&] {
    return workers_.size() >= count &&
           std::all_of(workers_.begin(), workers_.end(), [](const Worker& w) { return w.ended; });
  };
  return changed_.wait_for(lock, std::chrono::seconds{10}, all_ended);
}

void answer_all(Connection& connection) {
  while (connection.read_request() && connection.respond("OK")) {
  }
}

int unused_port() {
  const Listener listener = bound("127.0.0.1");
  ::close(listener.socket);
  return listener.port;
}

}  // namespace keitaro_outbox::http::test
