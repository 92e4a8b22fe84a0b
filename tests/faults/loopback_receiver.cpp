#include "faults/loopback_receiver.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

#include "faults/fault_points.hpp"

namespace keitaro_outbox::faults {
namespace {

constexpr int kLookUpMillis = 200;  // for the end; nothing else is polled for

std::string query_of(const std::string& request) {
  const auto begin = request.find('?');
  return begin == std::string::npos ? "" : request.substr(begin + 1, request.find(' ', begin) - begin - 1);
}

}  // namespace

LoopbackReceiver::LoopbackReceiver() {
  const Spared exempt;
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, generic, &size) != 0)
    throw std::runtime_error("no port to listen on");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

LoopbackReceiver::~LoopbackReceiver() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  for (const Peer& peer : peers_) ::close(peer.fd);
  ::close(listener_);
}

void LoopbackReceiver::behave(Behaviour behaviour) {
  const std::lock_guard lock(mutex_);
  behaviour_ = std::move(behaviour);
  taken_in_.clear();
}

std::vector<std::string> LoopbackReceiver::taken_in() const {
  const std::lock_guard lock(mutex_);
  return taken_in_;
}

void LoopbackReceiver::serve() {
  const Spared exempt;
  while (!stopping_) {
    std::vector<pollfd> polled{{listener_, POLLIN, 0}};
    for (const Peer& peer : peers_) polled.push_back({peer.fd, POLLIN, 0});
    if (::poll(polled.data(), polled.size(), kLookUpMillis) <= 0) continue;
    std::size_t i = 1;
    for (auto peer = peers_.begin(); peer != peers_.end(); ++i) {
      if (polled[i].revents == 0 || hear(*peer)) {
        ++peer;
      } else {
        ::close(peer->fd);
        peer = peers_.erase(peer);
      }
    }
    if ((polled[0].revents & POLLIN) != 0) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd >= 0) peers_.push_back({fd, {}});
    }
  }
}

/// False when the other side is gone.
bool LoopbackReceiver::hear(Peer& peer) {
  char bytes[4096];
  const ssize_t count = ::recv(peer.fd, bytes, sizeof bytes, MSG_DONTWAIT);
  if (count <= 0) return false;
  peer.unread.append(bytes, static_cast<std::size_t>(count));
  for (auto end = peer.unread.find("\r\n\r\n"); end != std::string::npos;
       end = peer.unread.find("\r\n\r\n")) {
    answer(peer, peer.unread.substr(0, end));
    peer.unread.erase(0, end + 4);
  }
  return true;
}

void LoopbackReceiver::answer(Peer& peer, const std::string& request) {
  const std::string query = query_of(request);
  int status = 0;
  {
    const std::lock_guard lock(mutex_);
    status = behaviour_(query);
    if (status == 200) taken_in_.push_back(query);
  }
  const std::string body = status == 200 ? "OK" : "no";
  const std::string response =
      "HTTP/1.1 " + std::to_string(status) + " Word\r\nContent-Length: 2\r\n\r\n" + body;
  ::send(peer.fd, response.data(), response.size(), MSG_NOSIGNAL);
}

}  // namespace keitaro_outbox::faults
