#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keitaro_outbox::files {

/// How far the fields of a CSV record (RFC 4180) were found.
enum class CsvEnd : std::uint8_t {
  complete,
  inside_quotes,      ///< The text ends inside a quoted field: the record goes on in the next line.
  text_after_quotes,  ///< `"a"b`: something stands between a closing quote and the separator.
  stray_quote         ///< `a"b`: a quote inside a field that does not begin with one.
};

/// Splits one record, its line end included or not, into its fields, without their quotes. `fields` are of
/// use where the record is complete.
CsvEnd split_csv(std::string_view record, char separator, std::vector<std::string>& fields);

std::string_view without_line_end(std::string_view record);

/// A field as it is to be written: in quotes where it needs them.
std::string csv_field(std::string_view text, char separator = ',');

/// The record without its first `count` fields. For records of our own, which are well-formed so far.
std::string_view without_first_fields(std::string_view record, std::size_t count, char separator);

}  // namespace keitaro_outbox::files
