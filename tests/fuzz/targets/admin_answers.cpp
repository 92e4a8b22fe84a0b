#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "readback/answer_reader.hpp"
#include "readback/columns.hpp"
#include "readback/page_collector.hpp"
#include "target.hpp"

namespace readback = keitaro_outbox::readback;
using nlohmann::json;

namespace {

bool is_plain_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view places = text.substr(std::min(point + 1, text.size()));
  return point > 0 && std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(point), digit) &&
         std::all_of(places.begin(), places.end(), digit) && (point == text.size() || !places.empty());
}

}  // namespace

FUZZ_TARGET(admin_answers, bytes) {
  readback::ConversionsPage page = readback::read_conversions_page(bytes, readback::Columns{});
  const json parsed = json::parse(bytes, nullptr, false);
  if (!page.problem.empty()) {
    MUST_HOLD(page.rows.empty() && !page.total);
    MUST_HOLD(keitaro_outbox::fuzz::is_harmless_line(page.problem));
  } else {
    // Another reader sees the same rows; of a name that stands there twice, it keeps the last.
    MUST_HOLD(parsed.is_object() && parsed.contains("rows"));
    MUST_HOLD(!parsed["rows"].is_array() || parsed["rows"].size() <= page.rows.size());
    MUST_HOLD(!page.total || *page.total >= 0);
    for (const auto& row : page.rows) {
      MUST_HOLD(!row.conversion.subid.empty());
      MUST_HOLD(!row.conversion.revenue || is_plain_decimal(*row.conversion.revenue));
    }
    const std::size_t rows = page.rows.size();
    readback::PageCollector pages(3);
    const auto first = pages.add(page);
    MUST_HOLD(pages.offset() == rows);
    // The same page for ever does not go on for ever.
    auto next = first;
    for (int i = 0; i < 3 && next == readback::PageCollector::Next::page; ++i) next = pages.add(page);
    MUST_HOLD(next != readback::PageCollector::Next::page);
    MUST_HOLD(pages.take().size() <= rows);
  }

  const readback::LogPage log = readback::read_log_page(bytes);
  MUST_HOLD(log.problem.empty() ? parsed.is_array() && parsed.size() == log.lines.size() : log.lines.empty());
  if (const auto amount = readback::plain_decimal(bytes)) MUST_HOLD(is_plain_decimal(*amount));
  if (const auto columns = readback::columns_named_in(bytes)) {
    for (const std::string& name : columns->names()) MUST_HOLD(bytes.find(name) != std::string_view::npos);
  }
}
