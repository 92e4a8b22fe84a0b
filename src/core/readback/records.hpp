#pragma once

#include <optional>
#include <string>

namespace keitaro_outbox::core {

/// A conversion as the tracker's own records show it. What the tracker's build does not give is empty.
struct RecordedConversion {
  std::string subid;
  std::string tid;  ///< Empty for none.
  std::string status;
  std::string original_status;
  std::optional<std::string> revenue;  ///< Decimal text, in the tracker's own currency.
  std::string recorded_at;             ///< The tracker's stamp, which carries no time zone.
};

/// A line of the tracker's log of received postbacks, with the key removed from it.
struct PostbackLogLine {
  std::string at;  ///< The tracker's stamp.
  std::string message;
};

}  // namespace keitaro_outbox::core
