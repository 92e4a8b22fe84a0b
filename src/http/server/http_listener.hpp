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

/// Serves small pages over plain HTTP for as long as it lives, on threads of its own.
class HttpListener {
 public:
  /// The page of a path; nullopt for 404. Called from several threads.
  using Pages = std::function<std::optional<Page>(const std::string& path)>;

  /// Throws std::runtime_error, in one line that says what to do, when it cannot listen there.
  HttpListener(const ListenAddress& address, Pages pages);
  ~HttpListener();
  HttpListener(const HttpListener&) = delete;
  HttpListener& operator=(const HttpListener&) = delete;

  /// With the port that was taken where 0 was asked for.
  const ListenAddress& address() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace keitaro_outbox::http
