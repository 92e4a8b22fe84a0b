#pragma once

#include "config/settings.hpp"
#include "core/text/time.hpp"
#include "ports/outbox_reader.hpp"
#include "report/explanation.hpp"

namespace keitaro_outbox::report {

/// Gathers what is known of a row, as explain() wants it; `database` and `place_flags` are left to the
/// caller. Throws ports::StoreError.
RowFacts facts_of(ports::OutboxReader& reader, ports::RowRecord row, const config::Settings& settings,
                  core::WallTime now);

}  // namespace keitaro_outbox::report
