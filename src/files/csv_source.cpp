#include "files/csv_source.hpp"

#include <algorithm>

#include "core/text/ascii.hpp"
#include "core/text/printable.hpp"
#include "core/text/utf8.hpp"
#include "files/spreadsheet_value.hpp"

namespace keitaro_outbox::files {
namespace {

constexpr std::size_t kRejectsColumns = 2;  // line, reason

bool is_blank(std::string_view text) {
  return core::ascii::trim(text).empty();
}

}  // namespace

CsvSource::CsvSource(LineReader reader, ImportOptions options)
    : ImportSource(std::move(reader)), options_(std::move(options)) {
  read_header();
}

void CsvSource::read_header() {
  Line line;
  do {
    if (!lines().next(line)) return;
  } while (is_blank(line.text) || take_separator(line.text));
  header_ = line.text;
  if (separator_line_.empty()) {
    const std::size_t found = header_.find_first_of(",;\t");
    separator_ = found == std::string::npos ? ',' : header_[found];
  }
  const std::string place = reader().name() + ":" + std::to_string(line.number) + ": ";
  if (line.cut || split_csv(header_, separator_, names_) != CsvEnd::complete) {
    throw FileError(place + "the header cannot be read: write column names with commas between them");
  }
  while (names_.size() > 1 && without_invisible_ends(names_.back()).empty()) names_.pop_back();
  read_columns(place);
}

/// `sep=;`, with which spreadsheets are told.
bool CsvSource::take_separator(const std::string& line) {
  std::string_view text = core::ascii::trim(line);
  if (text.size() > 2 && text.starts_with('"') && text.ends_with('"')) text = text.substr(1, text.size() - 2);
  if (text.size() != 5 || !core::ascii::equal_ignoring_case(text.substr(0, 4), "sep=")) return false;
  separator_ = text[4];
  separator_line_ = line;
  return true;
}

void CsvSource::read_columns(const std::string& place) {
  std::vector<std::string> unknown;
  for (const std::string& name : names_) {
    const ImportColumn* column = import_column(name, options_);
    if (column == nullptr) {
      unknown.push_back(name);
      continue;
    }
    // An exported file has a `reason`, and a file of its rejects one more.
    if (!column->passed_over && std::ranges::find(columns_, column) != columns_.end()) {
      throw FileError(place + "the header names the column " + std::string(column->name) + " twice");
    }
    columns_.push_back(column);
  }
  if (!unknown.empty()) throw FileError(place + unknown_import_columns(unknown));
  for (const std::string_view needed : {"subid", "status"}) {
    if (std::ranges::find(columns_, import_column(needed)) == columns_.end()) {
      throw FileError(place + "the header lacks the column " + std::string(needed));
    }
  }
  of_rejects_ = columns_[0]->name == "line" && columns_[1]->name == "reason";
  of_export_ = std::ranges::find(columns_, import_column("sent_as")) != columns_.end();
}

/// Whether a record says nothing: no value in it, or the header once more.
bool CsvSource::is_passed_over() {
  const auto says_nothing = [](const std::string& field) { return without_invisible_ends(field).empty(); };
  if (std::ranges::all_of(fields_, says_nothing)) return true;
  while (fields_.size() > columns_.size() && says_nothing(fields_.back())) fields_.pop_back();
  return fields_ == names_;
}

/// Takes lines until the record is whole. Where it cannot be read, only its first line is taken.
CsvEnd CsvSource::take_record(ImportRecord& record) {
  Line line;
  std::vector<Line> further;
  CsvEnd end = split_csv(record.text, separator_, fields_);
  while (end == CsvEnd::inside_quotes && record.text.size() < LineReader::kLongest && lines().next(line)) {
    if (line.cut) {
      lines().unread(std::move(line));
      break;
    }
    record.text += line.text;
    // Without a quote in it, it cannot close one.
    const bool may_close = line.text.find('"') != std::string::npos;
    further.push_back(std::move(line));
    if (may_close) end = split_csv(record.text, separator_, fields_);
  }
  if (end == CsvEnd::complete || further.empty()) return end;
  const std::size_t first_line = record.text.find('\n') + 1;
  record.text.resize(first_line);
  while (!further.empty()) {
    lines().unread(std::move(further.back()));
    further.pop_back();
  }
  return end;
}

std::string CsvSource::error_of(CsvEnd end) const {
  switch (end) {
    case CsvEnd::complete:
      break;
    case CsvEnd::inside_quotes:
      return "a quote is opened and never closed: close it, or write \"\" for a quote inside quotes";
    case CsvEnd::text_after_quotes:
      return "text stands after a closing quote: write \"\" for a quote inside quotes";
    case CsvEnd::stray_quote:
      return "a quote stands inside a field without quotes: put the field in quotes and write \"\" for it";
  }
  if (fields_.size() == columns_.size()) return {};
  return "the header has " + std::to_string(columns_.size()) + " columns, this record has " +
         std::to_string(fields_.size());
}

std::string CsvSource::fill(ImportRecord& record) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string_view value = of_export_ ? fields_[i] : without_invisible_ends(fields_[i]);
    if (value.size() != fields_[i].size() && !columns_[i]->passed_over) ++record.trimmed;
    const auto wrong = set_import_column(record.conversion, *columns_[i], value, options_);
    if (wrong) return std::string(columns_[i]->name) + " " + *wrong;
  }
  return judge_import(record.conversion).value_or("");
}

bool CsvSource::next(ImportRecord& record) {
  if (columns_.empty()) return false;
  while (true) {
    Line line;
    if (!lines().next(line)) return false;
    if (is_blank(line.text)) continue;
    record.line = line.number;
    record.text = std::move(line.text);
    record.conversion = Conversion();
    record.trimmed = 0;
    if (line.cut) {
      record.error = "the line is longer than 1 MiB";
      return true;
    }
    const CsvEnd end = take_record(record);
    if (end == CsvEnd::complete && is_passed_over()) continue;
    record.error = error_of(end);
    if (record.error.empty() && !core::is_utf8(record.text)) {
      record.error = "this is no UTF-8: save the file in that encoding";
    }
    if (record.error.empty()) record.error = fill(record);
    return true;
  }
}

std::string CsvSource::rejects_header() const {
  if (header_.empty()) return {};
  const std::string own =
      of_rejects_ ? std::string() : std::string("line") + separator_ + "reason" + separator_;
  const std::string separator =
      separator_line_.empty() || separator_line_.ends_with('\n') ? separator_line_ : separator_line_ + '\n';
  return separator + own + header_ + (header_.ends_with('\n') ? "" : "\n");
}

std::string CsvSource::rejected(const ImportRecord& record, const std::string& reason) const {
  std::string_view text = record.text;
  if (of_rejects_) text = without_first_fields(text, kRejectsColumns, separator_);
  std::string out = std::to_string(record.line) + separator_ + csv_field(reason, separator_) + separator_;
  std::vector<std::string> fields;
  const bool well_formed = split_csv(text, separator_, fields) == CsvEnd::complete;
  // A line with a broken quote would break those that follow it too: it becomes one field.
  out += well_formed ? std::string(text) : csv_field(without_line_end(text), separator_);
  return out.ends_with('\n') ? out : out + '\n';
}

}  // namespace keitaro_outbox::files
