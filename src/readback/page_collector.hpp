#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "readback/answer_reader.hpp"

namespace keitaro_outbox::readback {

/// Puts the pages of one answer together. Trackers may leave the total out, give shorter pages than asked
/// for, or give a page twice.
class PageCollector {
 public:
  /// `page_rows` is how many rows each request asks for.
  explicit PageCollector(std::size_t page_rows) : page_rows_(page_rows) {}

  enum class Next : std::uint8_t {
    page,        ///< Ask for the page at offset().
    end,         ///< All is there.
    incomplete,  ///< There will be no more, and some is missing.
    repeated,    ///< Pages come again in place of others: some is missing, and asking on is no use.
  };

  Next add(ConversionsPage page);

  std::size_t offset() const { return offset_; }
  /// Each conversion once, in the order in which they came.
  std::vector<ports::RecordedConversion> take() { return std::move(conversions_); }

 private:
  std::size_t add_new(std::vector<ConversionRow>& rows);
  Next end() const;

  const std::size_t page_rows_;
  std::size_t offset_ = 0;
  std::optional<std::int64_t> total_;
  bool asked_again_ = false;  // for the page at offset_
  bool all_have_ids_ = true;
  std::unordered_map<std::string, std::size_t> places_;  // by id, in conversions_
  std::unordered_set<std::string> without_id_;
  std::vector<ports::RecordedConversion> conversions_;
};

}  // namespace keitaro_outbox::readback
