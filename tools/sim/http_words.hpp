#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/text/time.hpp"

namespace keitaro_sim {

/// What of an HTTP request the simulator looks at.
struct HttpQuestion {
  std::string method = "GET";
  std::string target;  ///< Path and query as they came, percent-encoded.
  std::string accept;  ///< Header values; empty when the header is absent.
  std::string api_key;
  std::string host;
  std::string body;
  bool from_loopback = true;
};

struct HttpAnswer {
  enum class Ending : std::uint8_t {
    answered,
    cut,  ///< After `delay` the connection ends, and nothing is answered.
  };
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  keitaro_outbox::core::Millis delay{0};
  Ending ending = Ending::answered;
};

}  // namespace keitaro_sim
