#include "sim/admin_json.hpp"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "sim/json_fields.hpp"
#include "sim/trouble_json.hpp"

namespace keitaro_sim {
namespace {

using nlohmann::json;

std::string zone_text(std::chrono::minutes zone) {
  std::array<char, 16> text{};
  const auto size = std::chrono::abs(zone).count();
  std::snprintf(text.data(), text.size(), "%c%02d:%02d", zone.count() < 0 ? '-' : '+',
                static_cast<int>(size / 60), static_cast<int>(size % 60));
  return text.data();
}

std::string set_flag(bool& flag, const json& value, const std::string& name) {
  if (!value.is_boolean()) return name + " must be true or false";
  flag = value.get<bool>();
  return {};
}

std::string set_api(AdminSettings& admin, const json& value) {
  if (value != "on" && value != "unpaid" && value != "not-found")
    return "admin_api must be \"on\", \"unpaid\" or \"not-found\"";
  admin.paid = value != "unpaid";
  admin.has_path = value != "not-found";
  return {};
}

std::string set_columns(AdminSettings& admin, const json& value) {
  constexpr auto kShape = "dropped_columns must be a list of names: [\"revenue\"]";
  if (!value.is_array()) return kShape;
  admin.dropped_columns.clear();
  for (const json& name : value) {
    if (!name.is_string()) return kShape;
    admin.dropped_columns.insert(name.get<std::string>());
  }
  return {};
}

std::string set_zone(AdminSettings& admin, const json& value) {
  const auto zone = value.is_string() ? parse_time_zone(value.get<std::string>()) : std::nullopt;
  if (!zone) return "time_zone must be written \"+03:00\"";
  admin.time_zone = *zone;
  return {};
}

std::string set_payout(TrackerSettings& tracker, const json& value) {
  const auto amount = value.is_string() ? parse_money(value.get<std::string>()) : std::nullopt;
  if (!amount && !value.is_null()) return "offer_payout must be an amount as a text, \"12.5\", or null";
  tracker.offer_payout = amount;
  return {};
}

std::string set_rates(TrackerSettings& tracker, const json& value) {
  auto parsed = CurrencyRates::parse(value.dump(), tracker.rates.own());
  if (!parsed.error.empty()) return "rates: " + parsed.error;
  tracker.rates = std::move(parsed.rates);
  return {};
}

std::string set_page_rows(AdminSettings& admin, const json& value) {
  if (!value.is_number_unsigned() || value.get<std::size_t>() == 0)
    return "page_rows must be a whole number above 0";
  admin.most_rows = value.get<std::size_t>();
  return {};
}

/// The members that are not those of trouble; false when `name` is none of them.
bool set_own(AdminSettings& admin, TrackerSettings& tracker, const std::string& name, const json& value,
             std::string& problem) {
  if (name == "admin_api")
    problem = set_api(admin, value);
  else if (name == "event_columns")
    problem = set_flag(admin.event_columns, value, name);
  else if (name == "dropped_columns")
    problem = set_columns(admin, value);
  else if (name == "total")
    problem = set_flag(admin.total_given, value, name);
  else if (name == "range_required")
    problem = set_flag(admin.range_required, value, name);
  else if (name == "page_rows")
    problem = set_page_rows(admin, value);
  else if (name == "time_zone")
    problem = set_zone(admin, value);
  else if (name == "visible")
    problem = set_share(admin.visible, value, name);
  else if (name == "log_urls")
    problem = set_flag(admin.log_urls, value, name);
  else if (name == "html")
    problem = set_share(admin.html, value, name);
  else if (name == "truncated")
    problem = set_share(admin.truncated, value, name);
  else if (name == "repeat_page")
    problem = set_share(admin.repeat_page, value, name);
  else if (name == "upsells")
    problem = set_flag(tracker.policy.upsells, value, name);
  else if (name == "offer_payout")
    problem = set_payout(tracker, value);
  else if (name == "rates")
    problem = set_rates(tracker, value);
  else if (name == "rate_drift")
    problem = set_share(tracker.rate_drift, value, name);
  else if (name == "late_clicks")
    problem = set_share(tracker.late_clicks, value, name);
  else if (name == "late_clicks_by_ms")
    problem = set_millis(tracker.late_clicks_by, value, name);
  else
    return false;
  return true;
}

bool is_share(double share) {
  return std::isfinite(share) && share >= 0 && share <= 1;
}

}  // namespace

std::optional<std::chrono::minutes> parse_time_zone(std::string_view text) {
  constexpr int kMostMinutes = 14 * 60;
  if (text == "UTC" || text == "Z") return std::chrono::minutes{0};
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  int digits[4];
  for (int i = 0; i < 4; ++i) {
    const char c = text[static_cast<std::size_t>(i < 2 ? 1 + i : 2 + i)];
    if (c < '0' || c > '9') return std::nullopt;
    digits[i] = c - '0';
  }
  const int minutes = (digits[0] * 10 + digits[1]) * 60 + digits[2] * 10 + digits[3];
  if (digits[2] > 5 || minutes > kMostMinutes) return std::nullopt;
  return std::chrono::minutes{text[0] == '-' ? -minutes : minutes};
}

std::string admin_as_json(const AdminSettings& admin, const TrackerSettings& tracker) {
  json all = json::parse(trouble_as_json(admin.trouble));
  all.update(json{{"admin_api", !admin.has_path ? "not-found"
                                : admin.paid    ? "on"
                                                : "unpaid"},
                  {"event_columns", admin.event_columns},
                  {"dropped_columns", admin.dropped_columns},
                  {"total", admin.total_given},
                  {"range_required", admin.range_required},
                  {"page_rows", admin.most_rows},
                  {"time_zone", zone_text(admin.time_zone)},
                  {"visible", admin.visible},
                  {"log_urls", admin.log_urls},
                  {"html", admin.html},
                  {"truncated", admin.truncated},
                  {"repeat_page", admin.repeat_page},
                  {"upsells", tracker.policy.upsells},
                  {"offer_payout", tracker.offer_payout ? json(tracker.offer_payout->text()) : json(nullptr)},
                  {"rate_drift", tracker.rate_drift},
                  {"late_clicks", tracker.late_clicks},
                  {"late_clicks_by_ms", tracker.late_clicks_by.count()}});
  return all.dump();
}

std::string problem_of(const AdminSettings& admin, const TrackerSettings& tracker) {
  for (const double share : {admin.visible, admin.html, admin.truncated, admin.repeat_page,
                             tracker.rate_drift, tracker.late_clicks})
    if (!is_share(share)) return "a share must be between 0 and 1";
  if (tracker.rate_drift > 0.5) return "rate_drift must be between 0 and 0.5";
  if (tracker.late_clicks_by < Millis{0} || tracker.late_clicks_by > std::chrono::hours{24})
    return "late clicks must be late by 24 hours at most";
  return problem_of(admin.trouble);
}

std::string change_admin(AdminSettings& admin, TrackerSettings& tracker, std::string_view text) {
  const json wanted = json::parse(text, nullptr, false);
  if (!wanted.is_object())
    return "the body must be a JSON object such as {\"total\": false, \"fail\": {\"429\": 0.1}}";
  AdminSettings changed = admin;
  TrackerSettings changed_tracker = tracker;
  json trouble = json::object();
  for (const auto& [name, value] : wanted.items()) {
    std::string problem;
    if (!set_own(changed, changed_tracker, name, value, problem)) trouble[name] = value;
    if (!problem.empty()) return problem;
  }
  if (std::string problem = change_trouble(changed.trouble, trouble.dump()); !problem.empty()) return problem;
  if (std::string problem = problem_of(changed, changed_tracker); !problem.empty()) return problem;
  admin = std::move(changed);
  tracker = std::move(changed_tracker);
  return {};
}

}  // namespace keitaro_sim
