#pragma once

#include <functional>
#include <memory>
#include <string>

#include "config/settings.hpp"
#include "log/log.hpp"
#include "ports/http_exchange.hpp"
#include "web/page.hpp"

namespace keitaro_outbox::web {

/// Takes requests over from a server's thread, judges who sends them, and has the page answer them on threads
/// of its own.
class PageServer {
 public:
  /// The answer to a wrong password comes so much later.
  static constexpr core::Millis kDelay{2000};

  /// All must outlive it.
  PageServer(Page& page, const config::PageSettings& settings, log::Log& log);
  /// Requests that wait are answered with 503.
  ~PageServer();
  PageServer(const PageServer&) = delete;
  PageServer& operator=(const PageServer&) = delete;

  /// Does not wait. From any thread.
  void handle(ports::HttpRequest&& request, ports::HttpReply reply);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace keitaro_outbox::web
