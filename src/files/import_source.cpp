#include "files/import_source.hpp"

#include <utility>

#include "core/text/ascii.hpp"
#include "files/csv_source.hpp"
#include "files/json_source.hpp"

namespace keitaro_outbox::files {
namespace {

std::optional<ImportFormat> format_named(const std::string& path) {
  const std::string name = core::ascii::lower(path);
  if (name.ends_with(".csv") || name.ends_with(".tsv")) return ImportFormat::csv;
  if (name.ends_with(".jsonl") || name.ends_with(".ndjson")) return ImportFormat::json_lines;
  return std::nullopt;
}

ImportFormat format_of_content(LineReader& reader) {
  const auto first = reader.first_byte();
  if (first == '[') {
    throw FileError(reader.name() + " is one JSON list: write an object on each line (jq -c '.[]' does it)");
  }
  return first == '{' ? ImportFormat::json_lines : ImportFormat::csv;
}

}  // namespace

std::unique_ptr<ImportSource> ImportSource::open(const std::string& path, std::optional<ImportFormat> format,
                                                 const ImportOptions& options) {
  LineReader reader(path);
  if (!format) format = format_named(path);
  if (!format) format = format_of_content(reader);
  if (format == ImportFormat::csv) return std::make_unique<CsvSource>(std::move(reader), options);
  return std::make_unique<JsonSource>(std::move(reader), options);
}

}  // namespace keitaro_outbox::files
