#pragma once

#include <vector>

#include "files/csv.hpp"
#include "files/import_column.hpp"
#include "files/import_source.hpp"

namespace keitaro_outbox::files {

/// CSV as RFC 4180 has it, with a header; a semicolon or a tab may stand for the comma. A record that opens a
/// quote and does not close it costs its first line only: reading goes on with the next. Among
/// the rejects such a line is one field.
class CsvSource final : public ImportSource {
 public:
  /// Reads the header. An empty file is a source without records. Throws FileError.
  explicit CsvSource(LineReader reader);

  bool next(ImportRecord& record) override;
  std::string rejects_header() const override;
  std::string rejected(const ImportRecord& record, const std::string& reason) const override;

 private:
  CsvEnd take_record(ImportRecord& record);
  std::string error_of(CsvEnd end) const;
  std::string fill(Conversion& conversion) const;
  void read_header();

  char separator_ = ',';
  std::string header_;
  bool of_rejects_ = false;  // The header begins with the columns that rejected() adds.
  std::vector<const ImportColumn*> columns_;
  std::vector<std::string> fields_;
};

}  // namespace keitaro_outbox::files
