#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "files/import_options.hpp"
#include "files/line_reader.hpp"
#include "keitaro_outbox/conversion.hpp"

namespace keitaro_outbox::files {

enum class ImportFormat : std::uint8_t { csv, json_lines };

/// One record of an import as it was read.
struct ImportRecord {
  std::int64_t line = 0;  ///< Its first line in the file, from 1.
  std::string text;       ///< As it stands there, its line end included.
  Conversion conversion;
  std::string error;  ///< Why no conversion could be read from it; empty when one was.
  int trimmed = 0;    ///< Values that lost blanks or invisible characters at their ends.
};

/// A file of conversions to import. What stands in it, however broken, is told record by record; only a file
/// that cannot be read, or whose header is of no use, is an exception.
class ImportSource {
 public:
  /// Opens a file (`-` is standard input), reads a CSV file's header. Without a format the file's name tells
  /// it, else its first byte. Throws FileError.
  static std::unique_ptr<ImportSource> open(const std::string& path, std::optional<ImportFormat> format,
                                            const ImportOptions& options = {});

  virtual ~ImportSource() = default;

  /// False at the end, or when an Interruption asks for one. Throws FileError.
  virtual bool next(ImportRecord& record) = 0;

  /// What a file begins with that takes up this source's rejected records: the header of a CSV file.
  virtual std::string rejects_header() const { return {}; }

  /// A rejected record with its line's number and the reason before all that it held, so that it can be
  /// mended and imported again.
  virtual std::string rejected(const ImportRecord& record, const std::string& reason) const = 0;

  const LineReader& reader() const { return reader_; }

 protected:
  explicit ImportSource(LineReader reader) : reader_(std::move(reader)) {}
  LineReader& lines() { return reader_; }

 private:
  LineReader reader_;
};

}  // namespace keitaro_outbox::files
