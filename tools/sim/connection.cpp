#include "sim/connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace keitaro_sim {
namespace {

using keitaro_outbox::core::Millis;

constexpr std::size_t kReadSize = 16'384;
constexpr Millis kRestOfRequest{30'000};
constexpr Millis kSlowReader{30'000};

/// Waits for `events` on the socket; false when they do not come in time.
bool await(int socket, short events, Millis timeout) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const auto left = std::chrono::ceil<Millis>(end - std::chrono::steady_clock::now());
    pollfd poll_for{socket, events, 0};
    const int ready = ::poll(&poll_for, 1, static_cast<int>(std::max<Millis::rep>(left.count(), 0)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

}  // namespace

Connection::Connection(int socket) : socket_(socket) {
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Connection::~Connection() {
  ::shutdown(socket_, SHUT_RDWR);
  ::close(socket_);
}

bool Connection::await_request(Millis idle_timeout) {
  return readable() || await(socket_, POLLIN, idle_timeout);
}

ssize_t Connection::read(char* to, std::size_t size) {
  if (!readable()) {
    if (!flush() || !await(socket_, POLLIN, kRestOfRequest)) return -1;
    input_.resize(kReadSize);
    ssize_t got = 0;
    do {
      got = ::recv(socket_, input_.data(), input_.size(), 0);
    } while (got < 0 && errno == EINTR);
    input_.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    read_at_ = 0;
    if (got <= 0) return got;
  }
  const std::size_t count = std::min(size, input_.size() - read_at_);
  std::memcpy(to, input_.data() + read_at_, count);
  read_at_ += count;
  return static_cast<ssize_t>(count);
}

void Connection::write(const char* from, std::size_t size) {
  output_.append(from, size);
}

bool Connection::flush() {
  std::size_t sent = 0;
  while (!cut_ && sent < output_.size()) {
    const ssize_t count = ::send(socket_, output_.data() + sent, output_.size() - sent, MSG_NOSIGNAL);
    if (count >= 0) {
      sent += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if (!await(socket_, POLLOUT, kSlowReader)) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  output_.clear();
  return true;
}

void Connection::pause(Millis time) const {
  if (time > Millis{0}) await(socket_, POLLRDHUP, time);
}

}  // namespace keitaro_sim
