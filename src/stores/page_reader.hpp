#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "core/text/reason_groups.hpp"
#include "ports/outbox_reader.hpp"

namespace keitaro_outbox::stores {

/// Reads one page of a long list, as OutboxReader::page() says: what one call reads is bounded, whatever is
/// asked for. A small backlog is sorted as a whole; else ids are walked down in steps. How rows are found is
/// each store's own; what its methods throw goes through.
class PageReader {
 public:
  /// `filter` must outlive it.
  PageReader(const ports::PageFilter& filter, std::size_t limit, core::Millis time)
      : filter_(filter), limit_(limit), end_(std::chrono::steady_clock::now() + time) {}
  virtual ~PageReader() = default;
  PageReader(const PageReader&) = delete;
  PageReader& operator=(const PageReader&) = delete;

  /// To be called once.
  ports::RowPage read(std::optional<core::OutboxId> below) {
    // No row has the largest id of all: see the table's CHECK.
    const std::int64_t from = below ? below->value : std::numeric_limits<std::int64_t>::max();
    if (filter_.state == core::State::pending && count_pending(kSmallBacklog + 1) <= kSmallBacklog) {
      take_pending(from);
    } else {
      walk(from);
    }
    return std::move(page_);
  }

 protected:
  const ports::PageFilter& filter() const { return filter_; }

  /// Whether only rows that ended otherwise than delivered are asked for: an index holds no others.
  bool asks_for_undelivered() const {
    return filter_.state && *filter_.state != core::State::pending &&
           *filter_.state != core::State::delivered;
  }

  /// Adds the row, unless its reason is of another kind than asked for. False once the page is full.
  bool take(ports::RowRecord&& row) {
    if (filter_.reason_kind && core::reason_kind(row.reason.value_or("")) != *filter_.reason_kind)
      return true;
    if (page_.rows.size() == limit_) {
      page_.below = page_.rows.back().id;
      return false;
    }
    page_.rows.push_back(std::move(row));
    return true;
  }

 private:
  // Rows are taken the newest first, and only those that match the filter; take() looks at `reason_kind`.
  /// Counts pending rows, no further than `most`.
  virtual std::int64_t count_pending(std::int64_t most) = 0;
  /// Takes pending rows with a lower id, until the page is full.
  virtual void take_pending(std::int64_t below) = 0;
  /// The highest id below another, of undelivered rows where only those are asked for.
  virtual std::optional<std::int64_t> next_row(std::int64_t below) = 0;
  /// Takes rows with `from` <= id < `below`. False once the page is full.
  virtual bool take_range(std::int64_t from, std::int64_t below) = 0;

  /// A backlog that is no larger is sorted as a whole; in a larger one the newest rows are walked.
  static constexpr std::int64_t kSmallBacklog = 20'000;
  /// Ids looked through in one step: few at first, as most pages are full at once.
  static constexpr std::int64_t kFirstStep = 1'000;
  static constexpr std::int64_t kLongestStep = 64'000;

  void walk(std::int64_t below) {
    for (std::int64_t step = kFirstStep;; step = std::min(step * 2, kLongestStep)) {
      const auto top = next_row(below);
      if (!top) return;
      below = std::max<std::int64_t>(*top - step + 1, 0);
      if (!take_range(below, *top + 1)) return;
      if (std::chrono::steady_clock::now() < end_) continue;
      page_.below = core::OutboxId{below};
      return;
    }
  }

  const ports::PageFilter& filter_;
  const std::size_t limit_;
  const core::SteadyTime end_;
  ports::RowPage page_;
};

}  // namespace keitaro_outbox::stores
