#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/rules/row.hpp"

namespace keitaro_outbox::core {

// Texts that every store writes into a row.

/// Why a row that was read as pending could not be recorded: its columns are others by now.
inline constexpr const char* kChangedWhileSent = "the row was changed while it was being sent";

/// The first 300 characters of an answer's body, as shown_prefix() gives them.
std::optional<std::string> cut_response(const std::optional<std::string>& response);

/// What came of a request, as the second half of a reason: "the tracker answered HTTP 200 and took it in".
/// `http_status` is nullopt where no answer came; `state` is what the request made of the row.
std::string what_came(std::optional<int> http_status, State state);

/// What was to be written of a row.
struct UnrecordedOutcome {
  State state = State::pending;
  std::string_view reason;  ///< Empty when there is none.
  bool requested = false;   ///< A request was made, which `http_status` is of.
  std::optional<int> http_status;
};

/// The reason of a row that waits because `why` kept its outcome from being written.
std::string unrecorded_reason(const UnrecordedOutcome& outcome, std::string_view why);

}  // namespace keitaro_outbox::core
