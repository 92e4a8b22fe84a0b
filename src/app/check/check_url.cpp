#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "app/check/check.hpp"
#include "config/parameter_names.hpp"
#include "core/text/printable.hpp"
#include "core/url/pasted_url.hpp"

namespace keitaro_outbox::app {
namespace {

bool is_list(std::string_view name) {
  return name == "sale_status" || name == "lead_status" || name == "rejected_status";
}

std::string shown(std::string_view name) {
  return "'" + core::cut_to_width(core::printable(name), 40) + "'";
}

/// What is wrong with one parameter of the URL's own query, or empty. What no URL may have is refused when it
/// is read.
std::string judge_parameter(std::string_view name, const core::TrackerRules& rules) {
  if (name == "return" && !rules.sentinel.empty()) {
    return "it sets " + shown(name) + ", and each request adds its own: remove it from the URL";
  }
  if (is_list(name) && rules.style == core::Style::raw) {
    return "it sets " + shown(name) +
           ", and in the raw style each request adds its own: remove it from the URL";
  }
  return config::misspelt_parameter(name);
}

void check_query(const core::TrackerRules& rules, const std::vector<std::string_view>& pairs,
                 const auto& add) {
  for (const std::string_view pair : pairs) {
    const std::string problem = judge_parameter(pair.substr(0, pair.find('=')), rules);
    if (!problem.empty()) add(Verdict::warn, problem);
  }
}

std::vector<std::string_view> split_query(std::string_view url) {
  std::vector<std::string_view> pairs;
  const std::size_t start = url.find('?');
  if (start == std::string_view::npos) return pairs;
  std::string_view rest = url.substr(start + 1);
  while (!rest.empty()) {
    const std::size_t end = rest.find('&');
    if (end != 0) pairs.push_back(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  return pairs;
}

}  // namespace

void check_url(const delivery::TrackerSpec& spec, const core::PostbackUrl& url,
               std::vector<Finding>& findings) {
  const std::size_t before = findings.size();
  const auto add = [&](Verdict verdict, const std::string& text) {
    findings.push_back({verdict, "url", spec.rules.name, text});
  };
  if (const std::string doubt = core::doubt_about_path(url); !doubt.empty()) add(Verdict::warn, doubt);
  if (url.scheme() == "http" && !spec.allow_private) {
    add(Verdict::warn, "plain http lets anyone on the way read the key: write https");
  }
  check_query(spec.rules, split_query(url.text()), add);
  if (findings.size() == before) add(Verdict::ok, url.redacted());
}

}  // namespace keitaro_outbox::app
