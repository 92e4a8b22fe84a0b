#include "web/words.hpp"

#include <cmath>

#include "report/time_words.hpp"

namespace keitaro_outbox::web {

std::string rows_words(std::int64_t rows) {
  return report::grouped(rows) + (rows == 1 ? " row" : " rows");
}

std::string rate_words(double per_second) {
  if (per_second >= 10 || per_second == 0) return report::grouped(std::llround(per_second));
  if (per_second < 0.1) return "under 0.1";
  const auto tenths = std::llround(per_second * 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

std::string exact_words(double number) {
  std::string text = std::to_string(number);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace keitaro_outbox::web
