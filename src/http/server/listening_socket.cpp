#include "http/server/listening_socket.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace keitaro_outbox::http {
namespace {

/// Connections that the kernel keeps while the server's thread is busy. The kernel cuts it to its own limit.
constexpr int kBacklog = 1024;

std::string why_not(int error) {
  switch (error) {
    case EADDRINUSE:
      return "another process listens there: stop it, or choose another port";
    case EADDRNOTAVAIL:
      return "this machine does not have that address: write one it has, such as 127.0.0.1";
    case EACCES:
      return "ports below 1024 are for root: choose another port";
    default:
      return std::strerror(error);
  }
}

int listen_at(const addrinfo& address) {
  const int listener =
      ::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, address.ai_protocol);
  if (listener < 0) return -1;
  const int yes = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (::bind(listener, address.ai_addr, address.ai_addrlen) == 0 && ::listen(listener, kBacklog) == 0)
    return listener;
  const int error = errno;
  ::close(listener);
  errno = error;
  return -1;
}

int port_of(int listener) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(listener, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  std::uint16_t port = 0;
  if (bound.ss_family == AF_INET6) {
    sockaddr_in6 ip6{};
    std::memcpy(&ip6, &bound, sizeof ip6);
    port = ip6.sin6_port;
  } else {
    sockaddr_in ip4{};
    std::memcpy(&ip4, &bound, sizeof ip4);
    port = ip4.sin_port;
  }
  return ntohs(port);
}

}  // namespace

int listen_on(const std::string& host, int& port) {
  const auto cannot = [&](const std::string& why) {
    const bool ip6 = host.find(':') != std::string::npos;
    return std::runtime_error("cannot listen on " + (ip6 ? "[" + host + "]" : host) + ":" +
                              std::to_string(port) + ": " + why);
  };
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &found) != 0) {
    throw cannot("the host's name does not resolve");
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
  int error = 0;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
    const int listener = listen_at(*address);
    if (listener >= 0) {
      if (const int bound = port_of(listener); bound != 0) port = bound;
      if (port != 0) return listener;
      ::close(listener);
      throw cannot("the system does not tell the port that it chose: name one");
    }
    error = errno;
  }
  throw cannot(why_not(error));
}

}  // namespace keitaro_outbox::http
