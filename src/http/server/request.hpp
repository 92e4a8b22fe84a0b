#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keitaro_outbox::http {

using Header = std::pair<std::string, std::string>;

/// A request that was received whole. Its parts are as the client sent them: nothing is decoded.
struct Request {
  std::string method;           ///< `GET`; methods are case-sensitive.
  std::string path;             ///< Percent-encoded, begins with `/`: `/KEY/postback`.
  std::string query;            ///< What follows the first `?`, percent-encoded.
  std::vector<Header> headers;  ///< In their order; a name may occur several times.
  std::string body;             ///< Empty for a request without one.
  std::string peer;  ///< The client's numeric address without its port: `203.0.113.7`, `2001:db8::1`.

  /// The first header of this name, in any case; nullopt where there is none.
  std::optional<std::string_view> header(std::string_view name) const;
};

/// What a client is answered. `Date`, `Content-Length` and `Connection` are added; a HEAD gets the same
/// without the body.
struct Response {
  int status = 200;
  std::string body;
  std::string type = "text/plain; charset=utf-8";  ///< Content-Type.
  std::vector<Header> headers = {};  ///< Further ones.
  bool close = false;                              ///< End the connection afterwards.
};

/// The path and the query of a request target, `/a?b` or `http://host/a?b`; nullopt where it is neither.
struct Target {
  std::string_view path;
  std::string_view query;
};
std::optional<Target> parse_target(std::string_view target);

/// What is wrong with the framing of a request, in one line; nullopt where nothing is. Whatever two readers
/// of the same bytes could understand in two ways is refused: a length beside `Transfer-Encoding`, two
/// lengths, a coding other than `chunked`, a name or value with characters that have no place in it.
/// `version` is `HTTP/1.1` and the like.
std::optional<std::string_view> framing_fault(const std::vector<Header>& headers, std::string_view version);

}  // namespace keitaro_outbox::http
