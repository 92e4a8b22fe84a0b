#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http/server/listen_address.hpp"
#include "http/server/request.hpp"

namespace keitaro_outbox::http {

struct Page {
  int http_status = 200;
  std::string type = "text/plain; charset=utf-8";
  std::string body;
};

/// Serves small pages over plain HTTP for as long as it lives, on threads of its own. It takes few
/// connections, and the one that says nothing for longest makes room for the next: whoever holds connections
/// open keeps nobody out, and takes the process no descriptors that others need.
class HttpListener {
 public:
  /// The page of a path; nullopt for one that has none here.
  using Pages = std::function<std::optional<Page>(const std::string& path)>;

  /// Answers a request, or has it answered later, from any thread. Must not wait.
  using Handler = std::function<void(Request&& request, Reply reply)>;

  /// What is asked of a GET or HEAD, in this order.
  struct Asked {
    Pages quick;  ///< On the thread that serves all connections: must not wait for anything.
    /// Where it says true for a path, `slow` is asked, on a thread of its own; what that does not have is
    /// answered with 404. Without `rest` it is asked for every path that `quick` does not have.
    Pages slow;
    std::function<bool(const std::string& path)> is_slow = {};
    /// Gets every other request, those of other methods included; may be empty.
    Handler rest = {};
  };

  /// Throws std::runtime_error, in one line that says what to do, when it cannot listen there.
  HttpListener(const ListenAddress& address, Asked asked);
  ~HttpListener();
  HttpListener(const HttpListener&) = delete;
  HttpListener& operator=(const HttpListener&) = delete;

  /// With the port that was taken where 0 was asked for.
  const ListenAddress& address() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace keitaro_outbox::http
