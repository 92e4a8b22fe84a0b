#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <variant>

#include "core/url/params.hpp"
#include "intake/source.hpp"
#include "keitaro_outbox/conversion.hpp"

namespace keitaro_outbox::intake {

/// The request's status is one that it tells us to ignore: answered, counted, not stored.
struct Ignored {};

/// It cannot become a row.
struct Broken {
  std::string rule;  ///< In the words of the table's CHECKs where there is one: `subid must have 1 to 255
                     ///< characters`.
};

struct ReadConversion {
  std::variant<Conversion, Ignored, Broken> outcome;
  std::string answer;  ///< What `return` asks to be answered on success; empty for none.
};

/// Whether the source's tracker knows a status, which is normalized, for rows of a campaign: by its map or by
/// its templates.
using TrackerKnows = std::function<bool(std::string_view campaign, std::string_view status)>;

/// Reads what a sender sent (`sent`, by its own names) as a conversion:
///
/// - Names are changed by the source's `parameters`; one that is changed to nothing serves the event id
/// alone.
///   An empty value counts as absent.
/// - `subid` or `clickid`; `status` or `type`, and `sale` without any; `tid`; the first there is of `payout`,
///   `revenue`, `profit`; `cost`; `currency`, of a list the first; `campaign`, or the source's.
/// - `lead_status`, `sale_status`, `rejected_status` (or `reject_status`) are lists of words for this
///   request: they say what the status counts as, in upper or lower case, and stand in `params` as they are
///   written, to be sent on; the status's own word stands there as the status is spelled. A word that the
///   source's map knows is put into such a list.
/// - A status that is a number counts only by these two; another may also be one of Keitaro's, or known to
///   the tracker.
/// - `ignore` and `ignore_status` are lists of statuses that are answered and dropped.
/// - All else becomes `params`, but a macro that was not filled in.
///
/// What the table itself would turn away is told in the words of its rules.
ReadConversion read_conversion(const core::Params& sent, const Source& source, const TrackerKnows& knows);

}  // namespace keitaro_outbox::intake
