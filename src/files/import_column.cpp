#include "files/import_column.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "config/nearest.hpp"
#include "core/text/ascii.hpp"
#include "core/text/joined.hpp"
#include "core/text/printable.hpp"
#include "core/url/params.hpp"

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
  const std::string plain = core::ascii::lower(core::ascii::trim(name));
  const auto found = std::ranges::find(kColumns, plain, &ImportColumn::name);
  return found == kColumns.end() ? nullptr : &*found;
}

std::string import_column_names() {
  return core::joined(taken_names());
}

std::string unknown_import_column(std::string_view name) {
  const auto near = config::nearest(name, taken_names());
  return "'" + core::cut_to_width(core::printable(name), 40) + "' is no column of the outbox" +
         (near ? ": did you mean " + std::string(*near) + "?" : std::string());
}

std::optional<std::string> set_import_column(Conversion& conversion, const ImportColumn& column,
                                             std::string_view value) {
  if (column.passed_over || value.empty()) return std::nullopt;
  if (column.text != nullptr) {
    conversion.*column.text = value;
    return std::nullopt;
  }
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, conversion.due_at);
  if (error == std::errc{} && stop == end) return std::nullopt;
  return "must be Unix milliseconds, such as 1767225600000";
}

std::optional<std::string> judge_import(const Conversion& conversion) {
  if (conversion.params.empty()) return std::nullopt;
  const core::ParsedParams parsed = core::parse_params(conversion.params);
  if (parsed.error) return parsed.error->reason;
  return std::nullopt;
}

}  // namespace keitaro_outbox::files
