#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace keitaro_outbox::core {

/// `text` with everything that could act on a terminal or forge a line made visible: `\n`, `\t`, `\x1b`,
/// `\u202e`. Control characters (C0, DEL, C1), line separators, direction marks and bytes that are not UTF-8
/// are escaped; a backslash is kept.
std::string printable(std::string_view text);

/// For a value in `key=value`: as it is when nothing in it could be misread, else in quotes, with `"` and `\`
/// escaped too.
std::string quoted_if_needed(std::string_view text);

/// Columns that printable text takes on a terminal: wide characters take two, combining ones none.
std::size_t display_width(std::string_view printable_text);

/// Printable text cut to `width` columns, its last one `…` when something was left out.
std::string cut_to_width(std::string_view printable_text, std::size_t width);

/// Printable text in lines of at most `width` columns, broken at blanks; a word that is longer has a line of
/// its own and is not broken. One line at least.
std::vector<std::string> broken_between_words(std::string_view printable_text, std::size_t width);

}  // namespace keitaro_outbox::core
