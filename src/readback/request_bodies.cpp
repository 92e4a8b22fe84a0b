#include "readback/request_bodies.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/url/percent.hpp"

namespace keitaro_outbox::readback {
namespace {

using nlohmann::json;

/// `2026-01-01 00:00`
std::string minute_text(core::WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::minutes>(time - day));
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()));
  return text.data();
}

json range_json(const ports::RecordRange& range) {
  return {{"from", minute_text(range.from)}, {"to", minute_text(range.to)}, {"timezone", "UTC"}};
}

std::string dumped(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

std::string conversions_body(const Columns& columns, std::span<const std::string> subids,
                             const ports::RecordRange& range, std::size_t offset) {
  json body{{"range", range_json(range)}, {"columns", columns.names()}, {"filters", json::array()},
            {"sort", json::array()},      {"limit", kPageRows},         {"offset", offset}};
  if (!subids.empty()) {
    json wanted = json::array();
    for (const std::string& subid : subids) wanted.push_back(subid);
    body["filters"].push_back(
        {{"name", columns.sub_id}, {"operator", "IN_LIST"}, {"expression", std::move(wanted)}});
  }
  // Pages must not shift while new conversions come in: their ids grow.
  const std::string& order = columns.id.empty() ? columns.time : columns.id;
  if (!order.empty()) body["sort"].push_back({{"name", order}, {"order", "ASC"}});
  return dumped(body);
}

std::string unknown_column_body(const ports::RecordRange& range) {
  return dumped({{"range", range_json(range)}, {"columns", {kUnknownColumn}}, {"limit", 1}, {"offset", 0}});
}

std::string postback_log_target(std::string_view subid) {
  return "/admin_api/v1/logs/postbacks?limit=" + std::to_string(kLogLines) +
         "&offset=0&query=" + core::percent_encode(subid);
}

}  // namespace keitaro_outbox::readback
