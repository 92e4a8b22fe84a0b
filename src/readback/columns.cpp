#include "readback/columns.hpp"

#include <algorithm>
#include <set>

#include "core/text/ascii.hpp"

namespace keitaro_outbox::readback {
namespace {

using Words = std::set<std::string, std::less<>>;

/// Everything in the text that could be a column's name.
Words words_of(std::string_view text) {
  const auto of_a_name = [](char c) {
    return core::ascii::is_letter(c) || core::ascii::is_digit(c) || c == '_';
  };
  Words words;
  for (std::size_t at = 0; at < text.size();) {
    // What a backslash begins is an escape of JSON: `\n` is no letter of a name.
    if (text[at] == '\\') {
      at += 2;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && of_a_name(text[end])) ++end;
    if (end > at) words.emplace(text.substr(at, end - at));
    at = std::max(end, at + 1);
  }
  return words;
}

}  // namespace

std::vector<std::string> Columns::names() const {
  std::vector<std::string> all;
  for (const std::string* name : {&id, &sub_id, &tid, &status, &original_status, &revenue, &time})
    if (!name->empty()) all.push_back(*name);
  return all;
}

Columns event_columns() {
  Columns columns;
  columns.id = "event_id";
  columns.time = "datetime";
  return columns;
}

std::optional<Columns> columns_named_in(std::string_view refusal) {
  const Words words = words_of(refusal);
  const Columns usual;
  const Columns events = event_columns();
  const auto first_there = [&](const std::string& name, const std::string& other) {
    if (words.contains(name)) return name;
    return words.contains(other) ? other : std::string();
  };
  Columns columns;
  columns.id = first_there(usual.id, events.id);
  columns.time = first_there(usual.time, events.time);
  for (std::string* name : {&columns.tid, &columns.original_status, &columns.revenue})
    if (!words.contains(*name)) name->clear();
  if (!words.contains(columns.sub_id) || !words.contains(columns.status)) return std::nullopt;
  return columns;
}

bool names_one_of(std::string_view refusal, const Columns& columns) {
  const Words words = words_of(refusal);
  const std::vector<std::string> names = columns.names();
  // The word status stands in many an error.
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return name != columns.status && words.contains(name); });
}

}  // namespace keitaro_outbox::readback
