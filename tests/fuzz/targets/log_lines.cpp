#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/text/printable.hpp"
#include "log/log_line.hpp"
#include "target.hpp"

namespace config = keitaro_outbox::config;
namespace core = keitaro_outbox::core;

namespace {

/// A log line read as machines read it: blanks divide, a value in quotes has \" and \\ in it, all else stands
/// for itself. Gives the values by position; ends the process where the line is not of that form.
std::vector<std::string> values_of(std::string_view line, std::string_view start) {
  MUST_HOLD(line.starts_with(start));
  line.remove_prefix(start.size());
  std::vector<std::string> values;
  while (!line.empty()) {
    MUST_HOLD(line.front() == ' ');
    const std::size_t equals = line.find('=');
    MUST_HOLD(equals != std::string_view::npos);
    MUST_HOLD(line.substr(1, equals - 1).find_first_not_of("abcdefghijklmnopqrstuvwxyz_") ==
              std::string_view::npos);
    line.remove_prefix(equals + 1);
    std::string value;
    if (!line.starts_with('"')) {
      const std::size_t end = std::min(line.find(' '), line.size());
      value = line.substr(0, end);
      MUST_HOLD(value.find_first_of("\"=\\") == std::string::npos);
      line.remove_prefix(end);
    } else {
      line.remove_prefix(1);
      for (; !line.starts_with('"'); line.remove_prefix(1)) {
        MUST_HOLD(!line.empty());
        value += line.front();
        if (line.front() != '\\') continue;
        line.remove_prefix(1);
        MUST_HOLD(!line.empty());
        value += line.front();
      }
      line.remove_prefix(1);
    }
    values.push_back(std::move(value));
  }
  return values;
}

}  // namespace

// A row's texts, an answer, an error: none can forge a line or a field, in either format.
FUZZ_TARGET(log_lines, bytes) {
  const std::string_view first = bytes.substr(0, bytes.size() / 2);
  const std::string_view second = bytes.substr(bytes.size() / 2);
  const std::vector<keitaro_outbox::log::LogField> fields{
      {"id", std::int64_t{7}}, {"subid", first}, {"reason", second}, {"last", true}};
  const core::WallTime time = core::wall_time(1'769'850'307'042);

  const std::string text = keitaro_outbox::log::text_line(time, config::LogLevel::info, "delivered", fields);
  MUST_HOLD(keitaro_outbox::fuzz::is_harmless_line(text));
  const auto values = values_of(text, "2026-01-31T09:05:07.042Z info delivered");
  MUST_HOLD(values.size() == 4 && values[0] == "7" && values[3] == "true");
  MUST_HOLD((values[1] == values[2]) == (first == second));

  const std::string json = keitaro_outbox::log::json_line(time, config::LogLevel::info, "delivered", fields);
  MUST_HOLD(json.find_first_not_of(" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
                                   "abcdefghijklmnopqrstuvwxyz{|}~\x7f") == std::string::npos);
  const auto parsed = nlohmann::json::parse(json);
  MUST_HOLD(parsed.size() == 7 && parsed.at("level") == "info" && parsed.at("id") == 7 &&
            parsed.at("last") == true);
  MUST_HOLD(!core::printable(first).empty() == !parsed.at("subid").get<std::string>().empty());
}
