#pragma once

#include <optional>
#include <string>

#include "core/text/secrets.hpp"
#include "ports/http_caller.hpp"
#include "ports/tracker_records.hpp"

namespace keitaro_outbox::readback {

/// What a call came to, before the body of a good answer is read.
struct CallMeaning {
  ports::Asked asked = ports::Asked::failed;  ///< `answered`: a 2xx whose whole body is there to be read.
  std::optional<core::Millis> retry_after;
  std::string error;  ///< One line; empty where answered.
};

/// `secrets` are taken out of what is quoted from the answer.
CallMeaning meaning_of(const ports::HttpCallResult& result, const core::Secrets& secrets, core::WallTime now);

}  // namespace keitaro_outbox::readback
