#pragma once

#include <optional>

#include "core/rules/postback_request.hpp"

namespace keitaro_outbox::core {

/// How often a row's request is repeated where what came of it cannot be written down.
inline constexpr int kMostUnrecordedRepeats = 5;

/// What is to be written of a row whose last outcome could not be, without another request: it was taken in,
/// as `last` for the key of its request tells, or it was sent often enough. nullopt where it may be sent.
std::optional<Finish> unrecorded_end(const Row& row, const Postback& postback,
                                     const std::optional<LedgerEntry>& last);

}  // namespace keitaro_outbox::core
