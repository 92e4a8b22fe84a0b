#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http/server/listen_address.hpp"

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

  /// `quick` is asked first, on the thread that serves all connections: it must not wait for anything. `slow`
  /// is asked for what that does not have, on a thread of its own; what neither has is answered with 404.
  /// Throws std::runtime_error, in one line that says what to do, when it cannot listen there.
  HttpListener(const ListenAddress& address, Pages quick, Pages slow);
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
