#pragma once

#include <string_view>

namespace keitaro_outbox::intake {

/// Whether all of `value` is a macro that its sender did not fill in: `{x}`, `${x}`, `[x]`, `<x>`, `%x%`,
/// `##x##`, also doubled (`{{x}}`), or the word `REPLACE` that templates hold for a person to change. The
/// name has letters of any alphabet; in braces and hashes it may be a number (`{1}`).
bool is_unfilled_macro(std::string_view value);

/// Whether such a macro stands anywhere in `value`: of the forms that no id and no amount is written in,
/// `{x}`, `${x}` and `##x##`; or is_unfilled_macro(), or `[1]` and `<1>`, which elsewhere may be lists.
bool holds_unfilled_macro(std::string_view value);

/// Whether a value, still percent-encoded, is `%x%`: decoding would take `%ad_id%` for a byte.
bool is_percent_macro(std::string_view encoded);

}  // namespace keitaro_outbox::intake
