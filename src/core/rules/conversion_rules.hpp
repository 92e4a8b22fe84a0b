#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keitaro_outbox::core {

/// The columns of `outbox` that an application writes, as they would stand in the table; nullopt is NULL.
/// Texts are in UTF-8.
struct ConversionColumns {
  std::string_view tracker = "default";
  std::string_view subid;
  std::string_view status;
  std::optional<std::string_view> tid{};
  std::optional<std::string_view> payout{};
  std::optional<std::string_view> cost{};
  std::optional<std::string_view> currency{};
  std::optional<std::string_view> params{};
  std::optional<std::string_view> event_id{};
  std::int64_t due_at = 0;  ///< Unix milliseconds.
};

/// The names of the rules in the order in which they are judged: the names of the table's CHECKs.
inline constexpr std::array<std::string_view, 14> kConversionRules{
    "tracker_is_empty",
    "subid_must_have_1_to_255_characters",
    "subid_holds_a_macro_that_was_not_filled_in",
    "status_must_have_1_to_100_characters",
    "tid_must_have_at_most_100_characters",
    "payout_must_be_a_plain_decimal_such_as_12_5",
    "payout_has_over_14_digits_before_the_point_or_32_characters",
    "cost_must_be_a_plain_decimal_such_as_12_5",
    "cost_has_over_14_digits_before_the_point_or_32_characters",
    "currency_must_be_three_letters",
    "params_must_be_a_json_object",
    "params_must_not_repeat_what_has_a_column_or_return",
    "event_id_is_empty",
    "due_at_must_be_unix_milliseconds",
};

/// The first rule that the row breaks, one of kConversionRules, or nullopt. A row that breaks none is taken
/// by the table: the CHECKs of a store and this function judge alike. They count characters as SQLite does,
/// up to the first NUL. Whether the status is known, and whether a rebill has a tid, is judged when the row
/// is sent.
std::optional<std::string_view> broken_rule(const ConversionColumns& columns);

/// A rule's name as words: `tracker is empty`. Between two digits the underscore stands for a point:
/// `such_as_12_5`.
std::string words_of_rule(std::string_view rule);

}  // namespace keitaro_outbox::core
