#include "http/server/http_listener.hpp"

#include <httplib.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <utility>

namespace keitaro_outbox::http {
namespace {

/// Scrapes and probes come one at a time; a slow one must not hold up the other.
constexpr std::size_t kThreads = 2;
constexpr time_t kPatienceSeconds = 2;
constexpr std::size_t kLargestBody = 1024;

/// The port is ours alone: the library's own choice, SO_REUSEPORT, would let a second process share it
/// unnoticed.
void reuse_address(socket_t socket) {
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

std::string why_not(int error) {
  switch (error) {
    case EADDRINUSE:
      return "another process listens there: stop it, or choose another port";
    case EADDRNOTAVAIL:
      return "this machine does not have that address: write one it has, such as 127.0.0.1";
    case EACCES:
      return "ports below 1024 are for root: choose another port";
    default:
      return error == 0 ? "the host's name does not resolve" : std::strerror(error);
  }
}

}  // namespace

struct HttpListener::Parts {
  httplib::Server server;
  ListenAddress address;
  std::thread thread;
};

HttpListener::HttpListener(const ListenAddress& address, Pages pages) : parts_(std::make_unique<Parts>()) {
  httplib::Server& server = parts_->server;
  parts_->address = address;
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.set_socket_options(reuse_address);
  server.set_read_timeout(kPatienceSeconds);
  server.set_write_timeout(kPatienceSeconds);
  server.set_keep_alive_timeout(1);
  server.set_payload_max_length(kLargestBody);
  server.Get(".*", [pages = std::move(pages)](const httplib::Request& request, httplib::Response& response) {
    const std::optional<Page> page = pages(request.path);
    response.status = page ? page->http_status : 404;
    response.set_content(page ? page->body : "not found\n", page ? page->type.c_str() : "text/plain");
  });

  errno = 0;
  if (address.port == 0) {
    parts_->address.port = server.bind_to_any_port(address.host);
  } else if (!server.bind_to_port(address.host, address.port)) {
    parts_->address.port = -1;
  }
  if (parts_->address.port < 0)
    throw std::runtime_error("cannot listen on " + address.text() + ": " + why_not(errno));
  parts_->thread = std::thread([&server] { server.listen_after_bind(); });
  // Until then stop() would have no effect.
  while (!server.is_running()) std::this_thread::yield();
}

HttpListener::~HttpListener() {
  parts_->server.stop();
  parts_->thread.join();
}

const ListenAddress& HttpListener::address() const {
  return parts_->address;
}

}  // namespace keitaro_outbox::http
