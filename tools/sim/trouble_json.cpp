#include "sim/trouble_json.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "sim/json_fields.hpp"

namespace keitaro_sim {
namespace {

using nlohmann::json;

std::string set_fail(std::vector<Trouble::Fail>& fail, const json& value) {
  constexpr auto kShape = "fail must be an object of codes and shares: {\"503\": 0.2}";
  if (!value.is_object()) return kShape;
  fail.clear();
  for (const auto& [code, share] : value.items()) {
    auto parsed = parse_fail(code);
    if (!parsed || code.find(':') != std::string::npos || !share.is_number()) return kShape;
    parsed->share = share.get<double>();
    fail.push_back(*parsed);
  }
  return {};
}

std::string set_retry_after(std::optional<int>& seconds, const json& value) {
  if (value.is_null()) {
    seconds.reset();
    return {};
  }
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > 1'000'000)
    return "retry_after must be whole seconds or null";
  seconds = value.get<int>();
  return {};
}

std::string set_one(Trouble& trouble, const std::string& name, const json& value) {
  if (name == "fail") return set_fail(trouble.fail, value);
  if (name == "cut_before") return set_share(trouble.cut_before, value, name);
  if (name == "cut_after") return set_share(trouble.cut_after, value, name);
  if (name == "hang") return set_share(trouble.hang, value, name);
  if (name == "hang_for_ms") return set_millis(trouble.hang_for, value, name);
  if (name == "latency_ms") return set_millis(trouble.latency, value, name);
  if (name == "latency_jitter_ms") return set_millis(trouble.latency_jitter, value, name);
  if (name == "retry_after") return set_retry_after(trouble.retry_after, value);
  return "\"" + name +
         "\" is not one of fail, cut_before, cut_after, hang, hang_for_ms, latency_ms, latency_jitter_ms, "
         "retry_after";
}

}  // namespace

std::string trouble_as_json(const Trouble& trouble) {
  json fail = json::object();
  for (const Trouble::Fail& one : trouble.fail) fail[std::to_string(one.code)] = one.share;
  return json{{"fail", fail},
              {"cut_before", trouble.cut_before},
              {"cut_after", trouble.cut_after},
              {"hang", trouble.hang},
              {"hang_for_ms", trouble.hang_for.count()},
              {"latency_ms", trouble.latency.count()},
              {"latency_jitter_ms", trouble.latency_jitter.count()},
              {"retry_after", trouble.retry_after ? json(*trouble.retry_after) : json(nullptr)}}
      .dump();
}

std::string change_trouble(Trouble& trouble, std::string_view text) {
  const json wanted = json::parse(text, nullptr, false);
  if (!wanted.is_object())
    return "the body must be a JSON object such as {\"fail\": {\"503\": 1.0}, \"latency_ms\": 50}";
  Trouble changed = trouble;
  for (const auto& [name, value] : wanted.items())
    if (std::string problem = set_one(changed, name, value); !problem.empty()) return problem;
  if (std::string problem = problem_of(changed); !problem.empty()) return problem;
  trouble = std::move(changed);
  return {};
}

}  // namespace keitaro_sim
