#pragma once

#include <cstdint>
#include <string>

namespace keitaro_outbox {

/// One conversion to tell the tracker of. An empty text means "none", but for `tracker`, `subid` and
/// `status`, which are required.
struct Conversion {
  std::string tracker = "default";
  std::string subid;     ///< Keitaro's click id: 1–255 characters, no `{` or `}`.
  std::string status;    ///< `lead`, `sale`, `rejected`, `rebill`, or a name the tracker's status map knows.
  std::string tid;       ///< Transaction id, up to 100 characters; required for a rebill.
  std::string payout;    ///< A plain decimal such as `12.5`; at most 4 places are sent.
  std::string cost;      ///< The same.
  std::string currency;  ///< Three letters.
  std::string campaign;  ///< A campaign code, for templates and macros.
  std::string params;    ///< A JSON object of further parameters, `{"sub_id_1":"x"}`.
  std::string event_id;  ///< When set, a second append of the same event does nothing.
  std::int64_t due_at = 0;  ///< Not before this time, Unix milliseconds; 0 is now.

  friend bool operator==(const Conversion&, const Conversion&) = default;
};

}  // namespace keitaro_outbox
