#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text/ascii.hpp"

namespace keitaro_outbox::ports {

using HttpHeader = std::pair<std::string, std::string>;

/// A request that was received whole. Its parts are as the client sent them: nothing is decoded.
struct HttpRequest {
  std::string method;               ///< `GET`; methods are case-sensitive.
  std::string path;                 ///< Percent-encoded, begins with `/`: `/KEY/postback`.
  std::string query;                ///< What follows the first `?`, percent-encoded.
  std::vector<HttpHeader> headers;  ///< In their order; a name may occur several times.
  std::string body;                 ///< Empty for a request without one.
  std::string peer;  ///< The client's numeric address without its port: `203.0.113.7`, `2001:db8::1`.

  /// The first header of this name, in any case; nullopt where there is none.
  std::optional<std::string_view> header(std::string_view name) const {
    for (const auto& [there, value] : headers) {
      if (core::ascii::equal_ignoring_case(there, name)) return value;
    }
    return std::nullopt;
  }
};

/// What a client is answered. `Date`, `Content-Length` and `Connection` are added; a HEAD gets the same
/// without the body.
struct HttpResponse {
  int status = 200;
  std::string body;
  std::string type = "text/plain; charset=utf-8";  ///< Content-Type.
  std::vector<HttpHeader> headers = {};            ///< Further ones.
  bool close = false;                              ///< End the connection afterwards.
};

/// The place where the answer to one request is awaited. Used once, from any thread, while the server lives
/// or after it. The request of one that is destroyed unused is answered with 500.
class HttpReply {
 public:
  /// Takes the answer over; called once, from any thread.
  class Receiver {
   public:
    virtual ~Receiver() = default;
    virtual void receive(HttpResponse&& response) noexcept = 0;
  };

  explicit HttpReply(std::shared_ptr<Receiver> receiver) : receiver_(std::move(receiver)) {}
  ~HttpReply() { drop(); }
  HttpReply(HttpReply&&) noexcept = default;
  HttpReply& operator=(HttpReply&& other) noexcept {
    if (this == &other) return *this;
    drop();
    receiver_ = std::move(other.receiver_);
    return *this;
  }
  HttpReply(const HttpReply&) = delete;
  HttpReply& operator=(const HttpReply&) = delete;

  void send(HttpResponse response) {
    if (const auto receiver = std::move(receiver_)) receiver->receive(std::move(response));
  }

 private:
  void drop() noexcept {
    const auto receiver = std::move(receiver_);
    if (!receiver) return;
    try {
      receiver->receive({500, "internal error\n"});
    } catch (const std::exception&) {  // out of memory
      receiver->receive({500, {}, {}});
    }
  }

  std::shared_ptr<Receiver> receiver_;
};

}  // namespace keitaro_outbox::ports
