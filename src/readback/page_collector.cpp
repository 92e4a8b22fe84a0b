#include "readback/page_collector.hpp"

#include <initializer_list>
#include <string_view>
#include <utility>

namespace keitaro_outbox::readback {
namespace {

/// All that is known of a conversion without an id.
std::string content_of(const ports::RecordedConversion& conversion) {
  std::string content;
  for (const std::string* text : {&conversion.subid, &conversion.tid, &conversion.status,
                                  &conversion.original_status, &conversion.recorded_at}) {
    content += *text;
    content += '\0';
  }
  return content + conversion.revenue.value_or("-");
}

/// Whether a page of so many rows may be as long as some tracker's pages ever are.
bool may_be_a_full_page(std::size_t rows) {
  return rows % 10 == 0 || rows % 25 == 0;
}

}  // namespace

std::size_t PageCollector::add_new(std::vector<ConversionRow>& rows) {
  std::size_t added = 0;
  for (ConversionRow& row : rows) {
    if (row.id.empty()) {
      all_have_ids_ = false;
      if (!without_id_.insert(content_of(row.conversion)).second) continue;
    } else if (const auto [place, is_new] = places_.emplace(row.id, conversions_.size()); !is_new) {
      conversions_[place->second] = std::move(row.conversion);  // the later reading
      continue;
    }
    ++added;
    conversions_.push_back(std::move(row.conversion));
  }
  return added;
}

PageCollector::Next PageCollector::add(ConversionsPage page) {
  const std::size_t rows = page.rows.size();
  const std::size_t added = add_new(page.rows);
  total_ = page.total;
  if (rows > 0 && added == 0) return std::exchange(asked_again_, true) ? Next::repeated : Next::page;
  asked_again_ = false;
  offset_ += rows;
  if (rows == 0) return end();
  if (rows >= page_rows_) return Next::page;
  if (total_) return static_cast<std::size_t>(*total_) > offset_ ? Next::page : end();
  return may_be_a_full_page(rows) ? Next::page : end();
}

PageCollector::Next PageCollector::end() const {
  if (total_ && static_cast<std::size_t>(*total_) > offset_) return Next::incomplete;
  // Where a page overlaps another, it stands in the place of rows that were not given.
  return all_have_ids_ && conversions_.size() < offset_ ? Next::repeated : Next::end;
}

}  // namespace keitaro_outbox::readback
