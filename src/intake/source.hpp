#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/rules/status.hpp"
#include "core/url/ip_address.hpp"
#include "intake/event_id_template.hpp"

namespace keitaro_outbox::intake {

/// How a sender signs its requests: an HMAC-SHA256 of what it sends, in a header.
struct Signing {
  enum class Of : std::uint8_t { body, query };
  enum class Form : std::uint8_t { hex, base64 };
  std::string secret;
  std::string header = "X-Signature";
  Of of = Of::body;
  Form form = Form::hex;
  friend bool operator==(const Signing&, const Signing&) = default;
};

/// A sender that may call the front door: a `[[source]]` of the configuration.
struct Source {
  std::string name;
  std::string key;  ///< The first segment of the path.
  std::string tracker = "default";
  std::string campaign;                           ///< For rows that name none.
  std::map<std::string, std::string> parameters;  ///< The sender's names → ours; "" leaves one out.
  std::map<std::string, core::Status> statuses;   ///< The sender's words, normalized, and what they count as.
  std::optional<EventIdTemplate> event_id;        ///< Without one every request is a row.
  int rejected_answer = 422;                      ///< Or 200, for senders that give up at a 4xx.
  std::vector<core::IpNetwork> allow;             ///< Empty: all addresses.
  double rate = 0;                                ///< Requests a second; 0 is no limit.
  std::optional<Signing> signing;                 ///< Without it the key alone must do.

  friend bool operator==(const Source&, const Source&) = default;
};

}  // namespace keitaro_outbox::intake
