#include "files/import_column.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <vector>

#include "config/nearest.hpp"
#include "core/text/ascii.hpp"
#include "core/text/joined.hpp"
#include "core/text/printable.hpp"
#include "core/text/time.hpp"
#include "core/url/params.hpp"
#include "files/spreadsheet_value.hpp"

namespace keitaro_outbox::files {
namespace {

constexpr bool kPassedOver = true;

constexpr std::array<ImportColumn, 23> kColumns{{
    {"tracker", &Conversion::tracker},
    {"campaign", &Conversion::campaign},
    {"subid", &Conversion::subid},
    {"status", &Conversion::status},
    {"tid", &Conversion::tid},
    {"payout", &Conversion::payout},
    {"cost", &Conversion::cost},
    {"currency", &Conversion::currency},
    {"params", &Conversion::params},
    {"event_id", &Conversion::event_id},
    {"due_at"},
    {"id", nullptr, kPassedOver},
    {"created_at", nullptr, kPassedOver},
    {"state", nullptr, kPassedOver},
    {"attempts", nullptr, kPassedOver},
    {"strikes", nullptr, kPassedOver},
    {"waits_for", nullptr, kPassedOver},
    {"sent_as", nullptr, kPassedOver},
    {"http_status", nullptr, kPassedOver},
    {"response", nullptr, kPassedOver},
    {"reason", nullptr, kPassedOver},
    {"finished_at", nullptr, kPassedOver},
    {"line", nullptr, kPassedOver},
}};

std::vector<std::string_view> taken_names() {
  std::vector<std::string_view> names;
  for (const ImportColumn& column : kColumns) {
    if (!column.passed_over) names.push_back(column.name);
  }
  return names;
}

}  // namespace

const ImportColumn* import_column(std::string_view name) {
  const std::string plain = plain_column_name(name);
  const auto found = std::ranges::find(kColumns, plain, &ImportColumn::name);
  return found == kColumns.end() ? nullptr : &*found;
}

std::string import_column_names() {
  return core::joined(taken_names());
}

const ImportColumn* import_column(std::string_view name, const ImportOptions& options) {
  static constexpr ImportColumn kPassed{"-", nullptr, kPassedOver};
  const auto renamed = options.renamed.find(plain_column_name(name));
  if (renamed == options.renamed.end()) return import_column(name);
  return renamed->second == kPassed.name ? &kPassed : import_column(renamed->second);
}

std::string unknown_import_columns(const std::vector<std::string>& names) {
  constexpr std::size_t kMostNamed = 20;
  const auto shown = [](std::string_view name) {
    return core::cut_to_width(core::printable(without_invisible_ends(name)), 40);
  };
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kMostNamed; ++i) {
    const auto near = config::nearest(names[i], taken_names());
    if (i > 0) text += ", ";
    text +=
        "'" + shown(names[i]) + "'" + (near ? " (did you mean " + std::string(*near) + "?)" : std::string());
  }
  if (names.size() > kMostNamed) text += " and " + std::to_string(names.size() - kMostNamed) + " more";
  const std::string first = shown(names.front());
  return text + (names.size() == 1 ? " is no column" : " are no columns") + " of the outbox (it knows " +
         import_column_names() + "): --map '" + first + "=COLUMN' says which it is, --map '" + first +
         "=-' passes it over";
}

std::optional<std::string> judge_due_at(std::int64_t due_at) {
  constexpr std::int64_t kFirstSecond = 100'000'000;         // 1973 in seconds, the second day of 1970 in ms
  constexpr std::int64_t kFirstMilli = 100'000'000'000;      // 1973 in ms, 5138 in seconds
  constexpr std::int64_t kFirstMicro = 100'000'000'000'000;  // 1973 in µs, 5138 in ms
  constexpr std::int64_t kFirstNano = 100'000'000'000'000'000;  // 1973 in ns
  const auto date = [](std::int64_t ms) {
    const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(core::wall_time(ms))};
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%d-%02u-%02u", static_cast<int>(day.year()),
                  static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
    return std::string(text.data());
  };
  const auto told = [&](std::string_view unit, std::int64_t ms) {
    return "looks like " + std::string(unit) + " and must be Unix milliseconds: for " + date(ms) + " write " +
           std::to_string(ms) +
           (due_at < kFirstMicro ? " (as it stands it means " + date(due_at) + ")" : std::string());
  };
  if (due_at < kFirstSecond || (due_at >= kFirstMilli && due_at < kFirstMicro)) return std::nullopt;
  if (due_at < kFirstMilli) return told("seconds", due_at * 1000);
  if (due_at < kFirstNano) return told("microseconds", due_at / 1000);
  return told("nanoseconds", due_at / 1'000'000);
}

std::optional<std::string> set_import_column(Conversion& conversion, const ImportColumn& column,
                                             std::string_view value, const ImportOptions& options) {
  if (column.passed_over || value.empty()) return std::nullopt;
  if (column.text == &Conversion::payout || column.text == &Conversion::cost) {
    ReadAmount amount = read_amount(value, options.decimal_comma);
    if (!amount.error.empty()) return std::move(amount.error);
    conversion.*column.text = std::move(amount.text);
    return std::nullopt;
  }
  if (column.text != nullptr) {
    conversion.*column.text = value;
    return std::nullopt;
  }
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, conversion.due_at);
  if (error == std::errc{} && stop == end) return judge_due_at(conversion.due_at);
  return "must be Unix milliseconds, such as 1767225600000";
}

std::optional<std::string> judge_import(const Conversion& conversion) {
  if (conversion.params.empty()) return std::nullopt;
  const core::ParsedParams parsed = core::parse_params(conversion.params);
  if (parsed.error) return parsed.error->reason;
  return std::nullopt;
}

}  // namespace keitaro_outbox::files
