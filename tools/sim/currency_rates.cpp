#include "sim/currency_rates.hpp"

#include <nlohmann/json.hpp>

#include "sim/text.hpp"

namespace keitaro_sim {
namespace {

/// Adds one rate; the answer is empty, or what is wrong with it.
std::string add_rate(std::map<std::string, Rate, std::less<>>& rates, std::string_view currency,
                     std::string_view written) {
  const auto rate = parse_rate(written);
  if (trimmed(currency).empty()) return "a currency has no name";
  if (!rate)
    return "the rate of " + std::string(currency) +
           " must be a plain decimal above zero with at most 8 places, not \"" + std::string(written) + "\"";
  if (!rates.emplace(lower_case(trimmed(currency)), *rate).second)
    return std::string(currency) + " has two rates";
  return {};
}

std::string read_lines(std::string_view text, std::map<std::string, Rate, std::less<>>& rates) {
  int number = 0;
  for (const std::string_view raw : split(text, '\n')) {
    ++number;
    const std::string_view line = trimmed(raw);
    if (line.empty() || line.front() == '#') continue;
    const auto blank = line.find_first_of(" \t");
    if (blank == std::string_view::npos)
      return "line " + std::to_string(number) + " must be a currency and a rate: usd 1.0";
    const auto problem = add_rate(rates, line.substr(0, blank), trimmed(line.substr(blank)));
    if (!problem.empty()) return "line " + std::to_string(number) + ": " + problem;
  }
  return {};
}

std::string read_json(std::string_view text, std::map<std::string, Rate, std::less<>>& rates) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return "this is not a JSON object such as {\"usd\": \"1.0\", \"eur\": \"1.08\"}";
  for (const auto& [currency, rate] : json.items()) {
    const auto problem = add_rate(rates, currency, rate.is_string() ? rate.get<std::string>() : rate.dump());
    if (!problem.empty()) return problem;
  }
  return {};
}

}  // namespace

CurrencyRates::CurrencyRates(std::string_view own) : own_(lower_case(trimmed(own))) {}

CurrencyRates::Parsed CurrencyRates::parse(std::string_view text, std::string_view own) {
  Parsed parsed{CurrencyRates(own), {}};
  auto& rates = parsed.rates.rates_;
  parsed.error = trimmed(text).starts_with('{') ? read_json(text, rates) : read_lines(text, rates);
  rates.try_emplace(parsed.rates.own_, Rate{100'000'000});
  return parsed;
}

bool CurrencyRates::is_own(std::string_view currency) const {
  const std::string name = lower_case(trimmed(currency));
  return name.empty() || name == own_;
}

bool CurrencyRates::knows(std::string_view currency) const {
  const std::string name = lower_case(trimmed(currency));
  return name.empty() || name == own_ || rates_.contains(name);
}

std::optional<Money> CurrencyRates::to_own(Money amount, std::string_view currency) const {
  const std::string name = lower_case(trimmed(currency));
  if (name.empty() || name == own_) return amount;
  const auto from = rates_.find(name);
  const auto to = rates_.find(own_);
  if (from == rates_.end() || to == rates_.end()) return std::nullopt;
  return exchange(amount, from->second, to->second);
}

}  // namespace keitaro_sim
