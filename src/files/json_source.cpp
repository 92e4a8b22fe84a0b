#include "files/json_source.hpp"

#include <algorithm>
#include <vector>

#include "core/text/ascii.hpp"
#include "files/import_column.hpp"

namespace keitaro_outbox::files {
namespace {

/// The key under which a rejected line stands that is no object.
constexpr std::string_view kUnreadText = "text";

/// The text that a value stands for in its column, or what is wrong with it.
struct ColumnText {
  std::string text;
  std::string error;
};

ColumnText column_text(const ImportColumn& column, std::string_view written) {
  const char first = written.front();
  if (first == '"') return {json_string_value(written), {}};
  if (written == "null") return {};
  if (first == '{' && column.name == "params") return {std::string(written), {}};
  if (core::ascii::is_digit(first) || first == '-') return {std::string(written), {}};
  const std::string_view wanted =
      column.name == "params" ? "an object such as {\"sub_id_1\":\"x\"}" : "a text or a number";
  return {{}, "must be " + std::string(wanted)};
}

std::string fill(Conversion& conversion, const std::vector<JsonMember>& members,
                 const ImportOptions& options) {
  std::vector<const ImportColumn*> seen;
  for (const JsonMember& member : members) {
    const ImportColumn* column = import_column(member.key, options);
    if (column == nullptr && member.key == kUnreadText) {
      return "this is the text of a line that could not be read: write the object that it should have been";
    }
    if (column == nullptr) return unknown_import_columns({member.key});
    if (column->passed_over) continue;
    const std::string name(column->name);
    if (std::find(seen.begin(), seen.end(), column) != seen.end()) return name + " stands there twice";
    seen.push_back(column);
    const ColumnText value = column_text(*column, member.value);
    if (!value.error.empty()) return name + " " + value.error;
    if (const auto wrong = set_import_column(conversion, *column, value.text, options))
      return name + " " + *wrong;
  }
  return judge_import(conversion).value_or("");
}

}  // namespace

bool JsonSource::next(ImportRecord& record) {
  Line line;
  do {
    if (!lines().next(line)) return false;
  } while (core::ascii::trim(line.text).empty());
  record.line = line.number;
  record.text = std::move(line.text);
  record.conversion = Conversion();
  record.error.clear();
  if (line.cut) {
    record.error = "the line is longer than 1 MiB";
    return true;
  }
  const JsonLine read = read_json_line(record.text);
  record.error =
      read.error.empty() ? fill(record.conversion, read.members, options_) : "the line " + read.error;
  return true;
}

std::string JsonSource::rejected(const ImportRecord& record, const std::string& reason) const {
  std::string out = "{\"line\":" + std::to_string(record.line) + ",\"reason\":" + json_string(reason);
  const JsonLine read = read_json_line(record.text);
  if (!read.error.empty()) {
    return out + "," + json_string(kUnreadText) + ":" + json_string(core::ascii::trim(record.text)) + "}\n";
  }
  for (const JsonMember& member : read.members) {
    // What an earlier import said of it.
    if (member.key == "line" || member.key == "reason") continue;
    out += "," + json_string(member.key) + ":";
    out += member.value;
  }
  return out + "}\n";
}

}  // namespace keitaro_outbox::files
