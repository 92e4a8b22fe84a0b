#pragma once

#include "cli/execute.hpp"
#include "core/text/printable.hpp"
#include "ports/outbox_reader.hpp"

namespace keitaro_outbox::cli {

/// Says on `err` what cannot be known as the store is read. Before the output, so that nobody reads that
/// without it.
inline void tell_what_is_unsure(ports::OutboxReader& reader, const Surroundings& around) {
  const std::string text = reader.unsure();
  if (!text.empty()) around.err << "keitaro-outbox: " << core::printable(text) << '\n';
}

}  // namespace keitaro_outbox::cli
