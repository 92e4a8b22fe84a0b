#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "core/text/time.hpp"
#include "ports/http_caller.hpp"

namespace keitaro_outbox::http {

struct ApiCallerOptions {
  bool allow_private = false;
  core::Millis timeout = std::chrono::seconds{30};  ///< For a whole call.
  std::size_t body_ceiling = 4 * 1024 * 1024;       ///< Bytes of an answer's body that are read.
  std::string ca_file;  ///< Trusted certificates (PEM) in place of the system's; empty for these.
  /// Asked about once a second during a call; must not throw. May be none.
  std::function<bool()> stop_asked;
};

/// Calls by libcurl with the rules of transfer.hpp: the address guard, TLS verified, no redirects, bounds.
/// The connection is kept between calls.
class ApiCaller final : public ports::HttpCaller {
 public:
  /// Throws std::runtime_error where libcurl cannot be set up.
  explicit ApiCaller(ApiCallerOptions options);
  ~ApiCaller() override;

  ports::HttpCallResult call(const ports::HttpCall& call) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace keitaro_outbox::http
