// No test of this suite reaches beyond this host, not even where the guard that it tests is broken: connect()
// is defined in the executable, and so found by libcurl before the C library's.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

namespace {

bool is_loopback4(const in_addr& address) {
  return ntohl(address.s_addr) >> 24 == 127;
}

bool stays_here(const sockaddr* address) {
  if (address->sa_family == AF_INET)
    return is_loopback4(reinterpret_cast<const sockaddr_in*>(address)->sin_addr);
  if (address->sa_family != AF_INET6) return true;
  const in6_addr& ip6 = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  return IN6_IS_ADDR_LOOPBACK(&ip6) || (IN6_IS_ADDR_V4MAPPED(&ip6) && ip6.s6_addr[12] == 127);
}

}  // namespace

extern "C" int connect(int fd, const sockaddr* address, socklen_t size) {
  static auto* const call = reinterpret_cast<decltype(&connect)>(dlsym(RTLD_NEXT, "connect"));
  if (stays_here(address)) return call(fd, address, size);
  ADD_FAILURE() << "something connects to an address that is not this host's own";
  errno = ENETUNREACH;
  return -1;
}
