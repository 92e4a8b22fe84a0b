#pragma once

#include <string>
#include <variant>

#include "ports/intake_store.hpp"

namespace keitaro_outbox::intake_items {

/// A call of the source `net` with a conversion in it.
inline ports::IntakeItem item(const std::string& subid, const std::string& event_id = "") {
  ports::IntakeItem made;
  made.conversion.emplace();
  made.conversion->subid = subid;
  made.conversion->status = "sale";
  made.conversion->event_id = event_id;
  made.source = "net";
  made.method = "GET";
  made.query = "subid=" + subid;
  made.received_at = 1'800'000'000'000;
  return made;
}

/// `stored`, `known`, the rule that a rejected one breaks, or why nothing was kept.
inline std::string word_of(const ports::IntakeOutcome& outcome) {
  if (const auto* rejected = std::get_if<ports::RowRejected>(&outcome)) return rejected->rule;
  if (const auto* lost = std::get_if<ports::RejectNotKept>(&outcome)) return "not kept: " + lost->why;
  return std::holds_alternative<ports::RowStored>(outcome) ? "stored" : "known";
}

}  // namespace keitaro_outbox::intake_items
