#include "core/rules/conversion_rules.hpp"

#include <algorithm>
#include <cstddef>

#include "core/rules/json_object.hpp"
#include "core/text/ascii.hpp"
#include "core/url/params.hpp"

namespace keitaro_outbox::core {
namespace {

/// As SQLite's length() counts: up to the first NUL; a lead byte with all continuation bytes behind it is one
/// character, and so is a continuation byte without a lead.
std::size_t characters(std::string_view text) {
  text = text.substr(0, text.find('\0'));
  std::size_t count = 0;
  bool in_character = false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool continuation = (byte & 0xc0U) == 0x80U;
    if (!continuation || !in_character) ++count;
    if (!continuation) in_character = byte >= 0xc0U;
  }
  return count;
}

/// SQLite's trim(): spaces and nothing else.
std::string_view without_outer_spaces(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

std::string_view without_sign(std::string_view amount) {
  if (amount.starts_with('-')) amount.remove_prefix(1);
  return amount;
}

bool is_plain_decimal(std::string_view amount) {
  amount = without_sign(amount);
  const std::size_t point = amount.find('.');
  return ascii::all_digits(amount.substr(0, point)) &&
         (point == std::string_view::npos || ascii::all_digits(amount.substr(point + 1)));
}

bool is_too_long(std::string_view amount) {
  const std::string_view unsigned_amount = without_sign(amount);
  return std::min(unsigned_amount.find('.'), unsigned_amount.size()) > 14 || amount.size() > 32;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_three_letters(std::string_view currency) {
  return currency.size() == 3 && std::all_of(currency.begin(), currency.end(), is_letter);
}

}  // namespace

std::optional<std::string_view> broken_rule(const ConversionColumns& columns) {
  if (columns.tracker.empty()) return "tracker_is_empty";

  const std::size_t subid_length = characters(columns.subid);
  if (subid_length < 1 || subid_length > 255) return "subid_must_have_1_to_255_characters";
  if (columns.subid.find_first_of("{}") != std::string_view::npos)
    return "subid_holds_a_macro_that_was_not_filled_in";

  const std::size_t status_length = characters(without_outer_spaces(columns.status));
  if (status_length < 1 || status_length > 100) return "status_must_have_1_to_100_characters";

  if (columns.tid && characters(*columns.tid) > 100) return "tid_must_have_at_most_100_characters";

  if (columns.payout) {
    if (!is_plain_decimal(*columns.payout)) return "payout_must_be_a_plain_decimal_such_as_12_5";
    if (is_too_long(*columns.payout)) return "payout_has_over_14_digits_before_the_point_or_32_characters";
  }
  if (columns.cost) {
    if (!is_plain_decimal(*columns.cost)) return "cost_must_be_a_plain_decimal_such_as_12_5";
    if (is_too_long(*columns.cost)) return "cost_has_over_14_digits_before_the_point_or_32_characters";
  }
  if (columns.currency && !is_three_letters(*columns.currency)) return "currency_must_be_three_letters";

  if (columns.params) {
    const auto names = json_object_names(*columns.params);
    if (!names) return "params_must_be_a_json_object";
    if (std::any_of(names->begin(), names->end(), reserved_param))
      return "params_must_not_repeat_what_has_a_column_or_return";
  }
  if (columns.event_id && columns.event_id->empty()) return "event_id_is_empty";
  if (columns.due_at < 0) return "due_at_must_be_unix_milliseconds";
  return std::nullopt;
}

std::string words_of_rule(std::string_view rule) {
  std::string words(rule);
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] != '_') continue;
    const bool in_number =
        i > 0 && i + 1 < words.size() && ascii::is_digit(words[i - 1]) && ascii::is_digit(words[i + 1]);
    words[i] = in_number ? '.' : ' ';
  }
  return words;
}

}  // namespace keitaro_outbox::core
