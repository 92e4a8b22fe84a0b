#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/rules/answer.hpp"
#include "ports/http_exchange.hpp"

namespace keitaro_outbox::ports {

/// A request to another's API.
struct HttpCall {
  std::string url;                  ///< Whole, percent-encoded.
  std::vector<HttpHeader> headers;  ///< May hold a key; without line ends.
  std::optional<std::string> body;  ///< With one it is a POST, otherwise a GET.
};

struct HttpCallResult {
  core::Exchange exchange;  ///< No text in it holds a part of the URL or of a header.
  bool whole = false;       ///< An answer whose body came to its end, below the ceiling.
  bool too_long = false;    ///< An answer whose body passed the ceiling.
  bool timed_out = false;   ///< The time was over, before the answer's end or before any answer.
  bool stopped = false;     ///< Given up because the process stops.
};

/// Calls an API and waits for its answer. One call at a time.
class HttpCaller {
 public:
  virtual ~HttpCaller() = default;
  /// Throws std::bad_alloc, and std::runtime_error where the means to call cannot be set up.
  virtual HttpCallResult call(const HttpCall& call) = 0;
};

}  // namespace keitaro_outbox::ports
