#include "sim/conversion_report.hpp"

#include <algorithm>
#include <compare>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "sim/admin_json.hpp"
#include "sim/timestamp.hpp"
#include "sim/trouble.hpp"

namespace keitaro_sim {
namespace {

using keitaro_outbox::core::Millis;
using nlohmann::json;

struct QueryError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A value of a row: `number` is what numeric columns are compared by, in ten-thousandths.
struct Cell {
  std::string text;
  std::optional<std::int64_t> number;
};

std::strong_ordering compare(const Cell& a, const Cell& b) {
  if (a.number && b.number) return *a.number <=> *b.number;
  return a.text.compare(b.text) <=> 0;
}

struct Column {
  std::string name;
  std::function<Cell(const Conversion&)> read;
};

Cell money_cell(Money amount) {
  return {amount.text(), amount.ten_thousandths};
}

Cell id_cell(const Conversion& conversion) {
  return {std::to_string(conversion.id), static_cast<std::int64_t>(conversion.id) * 10'000};
}

std::vector<Column> columns_of(const Tracker& tracker, const AdminSettings& settings) {
  std::vector<Column> columns{
      {settings.event_columns ? "event_id" : "conversion_id", id_cell},
      {"sub_id",
       [](const Conversion& c) {
         return Cell{c.subid, {}};
       }},
      {"tid",
       [](const Conversion& c) {
         return Cell{c.tid, {}};
       }},
      {"status",
       [](const Conversion& c) {
         return Cell{c.status, {}};
       }},
      {"original_status",
       [](const Conversion& c) {
         return Cell{c.original_status, {}};
       }},
      {"previous_status",
       [](const Conversion& c) {
         return Cell{c.previous_status, {}};
       }},
      {"revenue", [](const Conversion& c) { return money_cell(c.revenue); }},
      {"cost", [](const Conversion& c) { return money_cell(c.cost); }},
      {settings.event_columns ? "datetime" : "postback_datetime",
       [zone = settings.time_zone](const Conversion& c) {
         return Cell{timestamp(c.postback_at + zone), {}};
       }},
  };
  for (int i = 1; i <= settings.sub_ids; ++i)
    columns.push_back({"sub_id_" + std::to_string(i), [&tracker, i](const Conversion& c) {
                         const auto sub_ids = tracker.sub_ids_of(c.subid);
                         const auto found = sub_ids.find(i);
                         return Cell{found == sub_ids.end() ? std::string{} : found->second, {}};
                       }});
  return columns;
}

const Column& column_named(const std::vector<Column>& columns, const std::string& name) {
  const auto found =
      std::find_if(columns.begin(), columns.end(), [&](const Column& column) { return column.name == name; });
  if (found != columns.end()) return *found;
  std::string valid;
  for (const Column& column : columns) valid += (valid.empty() ? "" : ", ") + column.name;
  throw QueryError("Unknown column \"" + name + "\". Valid columns: " + valid + ".");
}

const json& member(const json& query, const char* name) {
  static const json kAbsent;
  const auto found = query.find(name);
  return found == query.end() ? kAbsent : *found;
}

std::string text_member(const json& object, const char* name, const std::string& where) {
  const json& value = object.is_object() ? member(object, name) : object;
  if (!object.is_object() || !value.is_string()) throw QueryError(where + " needs a text \"" + name + "\".");
  return value.get<std::string>();
}

std::size_t count_member(const json& query, const char* name, std::size_t otherwise) {
  const json& value = member(query, name);
  if (value.is_null()) return otherwise;
  if (!value.is_number_unsigned())
    throw QueryError(std::string("\"") + name + "\" must be a whole number, 0 or more.");
  return value.get<std::size_t>();
}

const json& array_member(const json& query, const char* name) {
  static const json kNone = json::array();
  const json& value = member(query, name);
  if (value.is_null()) return kNone;
  if (!value.is_array()) throw QueryError(std::string("\"") + name + "\" must be an array.");
  return value;
}

Cell expression_cell(const json& value) {
  if (!value.is_string() && !value.is_number())
    throw QueryError("A filter's expression must be a text or a number, or a list for IN_LIST.");
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  const auto number = parse_money(text);
  return {text, number ? std::optional{number->ten_thousandths} : std::nullopt};
}

using Test = std::function<bool(const Conversion&)>;

Test filter_test(const json& filter, const std::vector<Column>& columns) {
  const Column& column = column_named(columns, text_member(filter, "name", "A filter"));
  const std::string op = text_member(filter, "operator", "A filter");
  if (op != "EQUALS" && op != "NOT_EQUAL" && op != "IN_LIST")
    throw QueryError("Unknown operator \"" + op + "\". Valid operators: EQUALS, NOT_EQUAL, IN_LIST.");
  const json& expression = member(filter, "expression");
  std::vector<Cell> wanted;
  if (op == "IN_LIST" && expression.is_array()) {
    for (const json& value : expression) wanted.push_back(expression_cell(value));
  } else {
    wanted.push_back(expression_cell(expression));
  }
  return [read = column.read, wanted = std::move(wanted),
          equal = op != "NOT_EQUAL"](const Conversion& conversion) {
    const Cell cell = read(conversion);
    const bool found = std::any_of(wanted.begin(), wanted.end(),
                                   [&](const Cell& value) { return std::is_eq(compare(cell, value)); });
    return found == equal;
  };
}

std::chrono::minutes range_zone(const json& range, std::chrono::minutes own) {
  const json& written = member(range, "timezone");
  if (written.is_null()) return own;
  const auto zone = written.is_string() ? parse_time_zone(written.get<std::string>()) : std::nullopt;
  if (!zone) throw QueryError("range.timezone must be UTC or written +03:00.");
  return *zone;
}

/// The test of `range.from` (or `range.to`, when `end`), if there is one.
std::optional<Test> range_test(const json& query, const char* side, bool end, std::chrono::minutes own_zone) {
  const json& range = member(query, "range");
  if (range.is_null()) return std::nullopt;
  if (!range.is_object()) throw QueryError("\"range\" must be an object with \"from\" and \"to\".");
  const json& written = member(range, side);
  if (written.is_null()) return std::nullopt;
  auto time = written.is_string() ? parse_timestamp(written.get<std::string>(), end) : std::nullopt;
  if (!time)
    throw QueryError(std::string("range.") + side + " must be written 2024-05-01 or 2024-05-01 13:07:59.");
  *time -= range_zone(range, own_zone);
  // A written second means all of it.
  if (end) *time = std::chrono::floor<std::chrono::seconds>(*time) + Millis{999};
  return [at = *time, end](const Conversion& conversion) {
    return end ? conversion.postback_at <= at : conversion.postback_at >= at;
  };
}

using Rows = std::vector<const Conversion*>;

void sort_rows(Rows& rows, const json& keys, const std::vector<Column>& columns) {
  // By the last key first: a stable sort keeps what the later ones did among equals.
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
    const Column& column = column_named(columns, text_member(*key, "name", "A sort key"));
    const std::string order = key->contains("order") ? text_member(*key, "order", "A sort key") : "asc";
    const bool down = order == "desc" || order == "DESC";
    if (!down && order != "asc" && order != "ASC")
      throw QueryError("A sort order must be asc or desc, not \"" + order + "\".");
    std::stable_sort(rows.begin(), rows.end(), [&](const Conversion* a, const Conversion* b) {
      const auto ordering = compare(column.read(*a), column.read(*b));
      return down ? std::is_gt(ordering) : std::is_lt(ordering);
    });
  }
}

bool key_sees(const Conversion& conversion, double share) {
  return share >= 1 || chance(std::hash<std::string>{}(conversion.subid), 7, 0) < share;
}

json row_of(const Conversion& conversion, const std::vector<Column>& columns, const AdminSettings& settings) {
  json row = json::object();
  for (const Column& column : columns) {
    if (settings.dropped_columns.contains(column.name)) continue;
    const Cell cell = column.read(conversion);
    const bool id = column.name == "conversion_id" || column.name == "event_id";
    row[column.name] = id ? json(conversion.id) : json(cell.text);
  }
  return row;
}

/// Where the rows of an answer begin.
std::size_t offset_of(const json& query, std::size_t limit, bool repeat_page) {
  const std::size_t offset = count_member(query, "offset", 0);
  return repeat_page ? offset - std::min(offset, limit) : offset;
}

std::string run(std::string_view text, const Tracker& tracker, const AdminSettings& settings,
                bool repeat_page) {
  const json query = json::parse(text, nullptr, false);
  if (!query.is_object()) throw QueryError("The body must be a JSON object.");
  if (settings.range_required && member(query, "range").is_null() && member(query, "limit").is_null())
    throw QueryError("A range or a limit is needed.");
  const auto known = columns_of(tracker, settings);
  std::vector<Column> shown;
  for (const json& name : array_member(query, "columns")) {
    if (!name.is_string()) throw QueryError("A column's name must be a text.");
    shown.push_back(column_named(known, name.get<std::string>()));
  }
  if (shown.empty()) shown = known;

  std::vector<Test> tests;
  for (const json& filter : array_member(query, "filters")) tests.push_back(filter_test(filter, known));
  if (auto test = range_test(query, "from", false, settings.time_zone)) tests.push_back(std::move(*test));
  if (auto test = range_test(query, "to", true, settings.time_zone)) tests.push_back(std::move(*test));

  Rows rows;
  for (const Conversion& conversion : tracker.conversions())
    if (!conversion.deleted && key_sees(conversion, settings.visible) &&
        std::all_of(tests.begin(), tests.end(), [&](const Test& test) { return test(conversion); }))
      rows.push_back(&conversion);
  sort_rows(rows, array_member(query, "sort"), known);

  const std::size_t page = std::min(count_member(query, "limit", 100), settings.most_rows);
  const std::size_t offset = std::min(offset_of(query, page, repeat_page), rows.size());
  const std::size_t limit = std::min(page, rows.size() - offset);
  json answer{{"rows", json::array()}, {"meta", json::array()}};
  if (settings.total_given) answer["total"] = rows.size();
  for (std::size_t i = offset; i < offset + limit; ++i)
    answer["rows"].push_back(row_of(*rows[i], shown, settings));
  return answer.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

ConversionReport report_conversions(std::string_view query, const Tracker& tracker,
                                    const AdminSettings& settings, bool repeat_page) {
  try {
    return {run(query, tracker, settings, repeat_page), {}};
  } catch (const QueryError& error) {
    return {{}, error.what()};
  }
}

}  // namespace keitaro_sim
