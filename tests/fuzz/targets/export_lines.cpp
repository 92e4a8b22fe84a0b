#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "files/csv.hpp"
#include "files/keitaro_import.hpp"
#include "report/row_csv.hpp"
#include "target.hpp"

namespace files = keitaro_outbox::files;
namespace report = keitaro_outbox::report;
namespace core = keitaro_outbox::core;

// A row of any bytes as it is written to files of others.
FUZZ_TARGET(export_lines, bytes) {
  auto parts = keitaro_outbox::fuzz::parts_of(bytes, '\x1e');
  parts.resize(6);
  keitaro_outbox::ports::RowRecord row;
  row.id = core::OutboxId{7};
  row.tracker = "default";
  row.subid = parts[0];
  row.status = parts[1];
  row.tid = std::string(parts[2]);
  row.payout = std::string(parts[3]);
  row.response = std::string(parts[4]);
  row.reason = std::string(parts[5]);

  const files::KeitaroImportLine line = files::keitaro_import_line(row, core::StatusMap());
  MUST_HOLD(line.line.empty() != line.error.empty());
  if (!line.error.empty()) {
    MUST_HOLD(keitaro_outbox::fuzz::is_harmless_line(line.error));
  } else {
    MUST_HOLD(std::ranges::count(line.line, ',') == 3 && std::ranges::count(line.line, '\n') == 1);
    MUST_HOLD(line.line.ends_with('\n') && line.line.find('\r') == std::string::npos);
    MUST_HOLD(line.line.starts_with(row.subid + ","));
  }

  std::vector<std::string> names;
  std::vector<std::string> fields;
  MUST_HOLD(files::split_csv(report::csv_header(), ',', names) == files::CsvEnd::complete);
  MUST_HOLD(files::split_csv(report::csv_line(row), ',', fields) == files::CsvEnd::complete);
  MUST_HOLD(names.size() == fields.size());
  const auto field = [&](std::string_view name) {
    return fields.at(static_cast<std::size_t>(std::ranges::find(names, name) - names.begin()));
  };
  MUST_HOLD(field("subid") == row.subid && field("tid") == *row.tid && field("response") == *row.response);

  const std::string json = report::json_line(row);
  MUST_HOLD(std::ranges::count(json, '\n') <= 1);
  MUST_HOLD(nlohmann::json::parse(json).is_object());
}
