#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/text/time.hpp"

namespace keitaro_outbox::http {

/// How far a probe came in one respect.
struct ProbeStage {
  bool ok = false;
  std::string text;  ///< One plain line, without the URL: what was found, or what is wrong.
};

/// The way to a tracker, stage by stage, in this order. A stage that was not come to is nullopt, and so is
/// `tls` for plain http.
struct ProbeReport {
  std::optional<ProbeStage> name;       ///< The URL can be read, and its host's name resolves.
  std::optional<ProbeStage> addresses;  ///< The guard lets requests go there.
  std::optional<ProbeStage> connection;
  std::optional<ProbeStage> tls;
  std::optional<ProbeStage> answer;  ///< Ok for any 2xx.

  std::vector<std::string> resolved;  ///< The host's addresses as numbers.
  std::optional<int> http_status;
  std::string body_start;  ///< At most 300 characters in one line, without the key.
  core::Millis latency{};  ///< From the request's start, name and connection included, to its end.

  /// Whether a 2xx came back.
  bool ok() const { return answer && answer->ok; }
};

/// Makes one GET of `url` as the transport would, and tells of each stage. Blocks for no longer than
/// `timeout`, or a little. `ca_file`: trusted certificates (PEM) in place of the system's; empty for these.
/// `header`: a further header, `Name: value`; empty for none. Throws std::runtime_error where libcurl cannot
/// be set up.
ProbeReport probe(const std::string& url, bool allow_private, core::Millis timeout,
                  const std::string& ca_file = {}, const std::string& header = {});

}  // namespace keitaro_outbox::http
