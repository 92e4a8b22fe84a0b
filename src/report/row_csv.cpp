#include "report/row_csv.hpp"

#include "files/csv.hpp"
#include "report/row_json.hpp"

namespace keitaro_outbox::report {
namespace {

std::string field_of(const Json& value) {
  if (value.is_null()) return {};
  return files::csv_field(value.is_string() ? value.string() : value.line());
}

}  // namespace

std::string csv_header() {
  std::string out;
  const Json row = json_of(ports::RowRecord{});
  for (const auto& [name, value] : row.members()) {
    out += (out.empty() ? "" : ",") + name;
  }
  return out + "\n";
}

std::string csv_line(const ports::RowRecord& row) {
  std::string out;
  bool first = true;
  const Json json = json_of(row);
  for (const auto& [name, value] : json.members()) {
    if (!first) out += ',';
    first = false;
    out += field_of(value);
  }
  return out + "\n";
}

std::string json_line(const ports::RowRecord& row) {
  return json_of(row).line() + "\n";
}

}  // namespace keitaro_outbox::report
