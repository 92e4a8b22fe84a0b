#include "files/csv.hpp"

#include <algorithm>

namespace keitaro_outbox::files {
namespace {

/// Reads the quoted field that begins at `at`, the quote itself; `at` is then behind the closing one. False
/// when there is none.
bool take_quoted(std::string_view text, std::size_t& at, std::string& field) {
  ++at;
  while (true) {
    const std::size_t quote = text.find('"', at);
    if (quote == std::string_view::npos) return false;
    field.append(text, at, quote - at);
    at = quote + 1;
    if (at >= text.size() || text[at] != '"') return true;
    field += '"';
    ++at;
  }
}

}  // namespace

std::string_view without_line_end(std::string_view record) {
  if (record.ends_with('\n')) record.remove_suffix(1);
  if (record.ends_with('\r')) record.remove_suffix(1);
  return record;
}

CsvEnd split_csv(std::string_view record, char separator, std::vector<std::string>& fields) {
  const std::string_view line = without_line_end(record);
  fields.clear();
  std::size_t at = 0;
  while (true) {
    std::string& field = fields.emplace_back();
    if (at < line.size() && line[at] == '"') {
      // Of the whole record: inside quotes its line end is part of the field.
      if (!take_quoted(record, at, field)) return CsvEnd::inside_quotes;
      if (at < line.size() && line[at] != separator) return CsvEnd::text_after_quotes;
    } else {
      const std::size_t end = std::min(line.find(separator, at), line.size());
      field.assign(line, at, end - at);
      if (field.find('"') != std::string::npos) return CsvEnd::stray_quote;
      at = end;
    }
    if (at >= line.size()) return CsvEnd::complete;
    ++at;
  }
}

std::string csv_field(std::string_view text, char separator) {
  const bool plain = text.find_first_of("\"\r\n") == std::string_view::npos &&
                     text.find(separator) == std::string_view::npos && !text.starts_with(' ') &&
                     !text.ends_with(' ');
  if (plain) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

std::string_view without_first_fields(std::string_view record, std::size_t count, char separator) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < record.size() && count > 0; ++at) {
    if (record[at] == '"') quoted = !quoted;
    if (record[at] == separator && !quoted) --count;
  }
  return record.substr(at);
}

}  // namespace keitaro_outbox::files
