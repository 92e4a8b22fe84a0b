#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keitaro_outbox::readback {

/// The names that a tracker gives the columns of its conversions log. A column that it does not have is
/// empty; `sub_id` and `status` are always there.
struct Columns {
  std::string id = "conversion_id";
  std::string sub_id = "sub_id";
  std::string tid = "tid";
  std::string status = "status";
  std::string original_status = "original_status";
  std::string revenue = "revenue";
  std::string time = "postback_datetime";

  /// Those that are there.
  std::vector<std::string> names() const;

  friend bool operator==(const Columns&, const Columns&) = default;
};

/// As some trackers have it: `event_id` and `datetime`.
Columns event_columns();

/// A name that no tracker knows: asking for it makes a tracker name those that it does.
inline constexpr std::string_view kUnknownColumn = "keitaro_outbox_asks_for_names";

/// What a tracker has, by the text in which it refused kUnknownColumn; nullopt where that names too few.
std::optional<Columns> columns_named_in(std::string_view refusal);

/// Whether a refusal speaks of one of these columns: then it may be for a name that is not known.
bool names_one_of(std::string_view refusal, const Columns& columns);

}  // namespace keitaro_outbox::readback
