#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "ports/http_exchange.hpp"

namespace keitaro_outbox::http {

using Header = ports::HttpHeader;
using Request = ports::HttpRequest;
using Response = ports::HttpResponse;
using Reply = ports::HttpReply;

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
