#pragma once

#include <string>

#include "core/rules/answer.hpp"
#include "delivery/row_outcome.hpp"
#include "delivery/tracker_spec.hpp"
#include "ports/transport.hpp"

namespace keitaro_outbox::delivery {

/// What an exchange is judged by, beside itself.
struct Circumstances {
  const TrackerSpec& sent_under;  ///< The tracker's settings when the request was sent.
  bool outage = false;            ///< What failed is not held against the row.
  bool exempt = false;            ///< The same, and the tracker is well.
  core::WallTime now{};
  double jitter = 0;        ///< 0 to 1.
  const std::string& what;  ///< The exchange in a few words, without the key.
};

/// What the exchange made of the planned row. The queue, and the texts of the row's click, are left to the
/// caller.
RowOutcome settled(const Planned& planned, const ports::Completion& completion, const core::Meaning& meaning,
                   const Circumstances& circumstances);

}  // namespace keitaro_outbox::delivery
