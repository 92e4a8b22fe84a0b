// The socket calls of this process, libcurl's among them: defined in the executable, they are found before
// the C library's.
#include <dlfcn.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <cerrno>

#include "faults/fault_points.hpp"

namespace {

using keitaro_outbox::faults::must_fail;
using keitaro_outbox::faults::Place;

template <typename Function>
Function* usual(Function*, const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

bool fails_with(int error) {
  if (!must_fail(Place::sockets)) return false;
  errno = error;
  return true;
}

}  // namespace

extern "C" {

int socket(int family, int type, int protocol) noexcept {
  static auto* const call = usual(&socket, "socket");
  return fails_with(EMFILE) ? -1 : call(family, type, protocol);
}

int socketpair(int family, int type, int protocol, int* fds) noexcept {
  static auto* const call = usual(&socketpair, "socketpair");
  return fails_with(EMFILE) ? -1 : call(family, type, protocol, fds);
}

int connect(int fd, const sockaddr* address, socklen_t size) {
  static auto* const call = usual(&connect, "connect");
  return fails_with(ENETUNREACH) ? -1 : call(fd, address, size);
}

ssize_t send(int fd, const void* bytes, size_t size, int flags) {
  static auto* const call = usual(&send, "send");
  return fails_with(ECONNRESET) ? -1 : call(fd, bytes, size, flags);
}

ssize_t recv(int fd, void* bytes, size_t size, int flags) {
  static auto* const call = usual(&recv, "recv");
  return fails_with(ECONNRESET) ? -1 : call(fd, bytes, size, flags);
}

int poll(pollfd* fds, nfds_t count, int timeout) {
  static auto* const call = usual(&poll, "poll");
  return fails_with(ENOMEM) ? -1 : call(fds, count, timeout);
}

int getsockopt(int fd, int level, int name, void* value, socklen_t* size) noexcept {
  static auto* const call = usual(&getsockopt, "getsockopt");
  return fails_with(ENOBUFS) ? -1 : call(fd, level, name, value, size);
}

int setsockopt(int fd, int level, int name, const void* value, socklen_t size) noexcept {
  static auto* const call = usual(&setsockopt, "setsockopt");
  return fails_with(ENOBUFS) ? -1 : call(fd, level, name, value, size);
}

int getpeername(int fd, sockaddr* address, socklen_t* size) noexcept {
  static auto* const call = usual(&getpeername, "getpeername");
  return fails_with(ENOTCONN) ? -1 : call(fd, address, size);
}

int getsockname(int fd, sockaddr* address, socklen_t* size) noexcept {
  static auto* const call = usual(&getsockname, "getsockname");
  return fails_with(ENOBUFS) ? -1 : call(fd, address, size);
}

}  // extern "C"
