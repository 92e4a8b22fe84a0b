#include "report/row_words.hpp"

namespace keitaro_outbox::report {

std::string facts_words(const std::optional<std::string>& tid, const std::optional<std::string>& payout,
                        const std::optional<std::string>& cost, const std::optional<std::string>& currency,
                        const std::optional<std::string>& params) {
  std::string out;
  const auto add = [&](std::string_view name, const std::optional<std::string>& value) {
    if (!value || value->empty()) return;
    out += out.empty() ? "" : ", ";
    out += std::string(name) + " " + *value;
  };
  add("tid", tid);
  add("payout", payout);
  add("cost", cost);
  add("currency", currency);
  add("params", params);
  return out;
}

std::string answer_words(const std::optional<std::int64_t>& http_status,
                         const std::optional<std::string>& response) {
  if (!http_status) return {};
  std::string text = "HTTP " + std::to_string(*http_status);
  if (response && !response->empty()) text += " \"" + *response + "\"";
  return text;
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,=";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) return std::string(text);
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace keitaro_outbox::report
