#pragma once

#include <vector>

#include "files/csv.hpp"
#include "files/import_column.hpp"
#include "files/import_source.hpp"

namespace keitaro_outbox::files {

/// CSV as RFC 4180 has it, with a header; a semicolon or a tab may stand for the comma, or what a first line
/// `sep=|` names. Lines without a value, a header that is repeated (files put together), columns without a
/// name and values at the end, and blanks and invisible characters around values are passed over. A record
/// that opens a quote and does not close it costs its first line only: reading goes on with the next. Among
/// the rejects such a line is one field.
class CsvSource final : public ImportSource {
 public:
  /// Reads the header. An empty file is a source without records. Throws FileError.
  CsvSource(LineReader reader, ImportOptions options);

  bool next(ImportRecord& record) override;
  std::string rejects_header() const override;
  std::string rejected(const ImportRecord& record, const std::string& reason) const override;

 private:
  CsvEnd take_record(ImportRecord& record);
  std::string error_of(CsvEnd end) const;
  std::string fill(ImportRecord& record);
  void read_header();
  bool take_separator(const std::string& line);
  void read_columns(const std::string& place);
  bool is_passed_over();

  ImportOptions options_;
  char separator_ = ',';
  std::string separator_line_;  // `sep=;`, where the file begins with one.
  std::string header_;
  std::vector<std::string> names_;  // The header's fields, without unnamed ones at its end.
  bool of_rejects_ = false;         // The header begins with the columns that rejected() adds.
  bool of_export_ = false;          // It is our own: values stand in it as they are.
  std::vector<const ImportColumn*> columns_;
  std::vector<std::string> fields_;
};

}  // namespace keitaro_outbox::files
