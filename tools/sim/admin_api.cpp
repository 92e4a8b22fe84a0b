#include "sim/admin_api.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "sim/conversion_report.hpp"
#include "sim/timestamp.hpp"

namespace keitaro_sim {
namespace {

using nlohmann::json;

constexpr std::string_view kPostbackLog = "/admin_api/v1/logs/postbacks";
constexpr std::string_view kConversionsLog = "/admin_api/v1/conversions/log";

std::string dumped(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

HttpAnswer json_answer(int status, std::string body) {
  HttpAnswer answer;
  answer.status = status;
  answer.content_type = "application/json";
  answer.body = std::move(body);
  return answer;
}

HttpAnswer error_answer(int status, const std::string& sentence) {
  return json_answer(status, dumped(json{{"error", sentence}}));
}

HttpAnswer html_answer() {
  HttpAnswer answer;
  answer.content_type = "text/html; charset=utf-8";
  answer.body =
      "<!DOCTYPE html><html><head><title>Admin</title></head><body><div id=\"app\"></div></body></html>\n";
  return answer;
}

/// The parameter as a whole number, `otherwise` when it is absent, nullopt when it is anything else.
std::optional<std::size_t> count_param(const Params& query, std::string_view name, std::size_t otherwise) {
  const std::string* text = find_param(query, name);
  if (text == nullptr || text->empty()) return otherwise;
  std::size_t value = 0;
  const auto read = std::from_chars(text->data(), text->data() + text->size(), value);
  if (read.ec != std::errc{} || read.ptr != text->data() + text->size()) return std::nullopt;
  return value;
}

HttpAnswer list_postbacks(const Params& query, const Tracker& tracker, const AdminSettings& settings) {
  const auto limit = count_param(query, "limit", 100);
  const auto offset = count_param(query, "offset", 0);
  if (!limit || !offset) return error_answer(400, "limit and offset must be whole numbers, 0 or more.");
  const std::string* wanted = find_param(query, "query");
  json lines = json::array();
  for (const LogLine& line :
       tracker.log().find(wanted == nullptr ? std::string_view{} : *wanted,
                          std::min(*limit, settings.most_rows), *offset, settings.log_order))
    lines.push_back({{"datetime", timestamp(line.at + settings.time_zone)},
                     {"jid", std::to_string(line.jid)},
                     {"message", line.message}});
  return json_answer(200, dumped(lines));
}

HttpAnswer answer_call(const HttpQuestion& question, std::string_view path, const Params& query,
                       Tracker& tracker, const AdminSettings& settings, const AdminLuck& luck) {
  const bool log = path == kPostbackLog && (question.method == "GET" || question.method == "DELETE");
  const bool conversions = path == kConversionsLog && question.method == "POST";
  if (!log && !conversions) return html_answer();
  if (!settings.has_path) return error_answer(404, "Not found.");
  if (!settings.paid) return error_answer(402, "This edition has no Admin API.");
  if (question.api_key != settings.api_key)
    return error_answer(settings.wrong_key_code, "The header Api-Key is missing or wrong.");
  if (log && question.method == "DELETE") {
    tracker.log().clear();
    return json_answer(200, "{}");
  }
  if (log) return list_postbacks(query, tracker, settings);
  ConversionReport report = report_conversions(question.body, tracker, settings, luck.repeat_page);
  return report.error.empty() ? json_answer(200, std::move(report.json)) : error_answer(400, report.error);
}

}  // namespace

HttpAnswer answer_admin(const HttpQuestion& question, std::string_view path, const Params& query,
                        Tracker& tracker, const AdminSettings& settings, const AdminLuck& luck) {
  if (luck.html) return html_answer();
  HttpAnswer answer = answer_call(question, path, query, tracker, settings, luck);
  if (luck.truncated) answer.body.resize(answer.body.size() / 2);
  return answer;
}

}  // namespace keitaro_sim
