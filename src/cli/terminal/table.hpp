#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "cli/terminal/styled.hpp"

namespace keitaro_outbox::cli {

/// A table for people. Values are made printable first: nothing in them reaches the
/// terminal as a command.
class Table {
 public:
  struct Column {
    std::string title;
    bool right = false;           ///< Numbers stand to the right.
    std::size_t least_width = 0;  ///< May be cut to this many columns, with `…`; 0 is never cut.
  };
  /// What becomes of a text in the last column that is wider than it.
  enum class LastColumn : std::uint8_t { cut, wrapped };

  explicit Table(std::vector<Column> columns, LastColumn last = LastColumn::cut)
      : columns_(std::move(columns)), last_(last) {}

  /// As many cells as there are columns.
  void add(std::vector<Span> cells);

  /// Fitted to `line_width` columns; not cut at all without one. The titles come first.
  std::vector<Line> lines(std::optional<std::size_t> line_width) const;

  void print(std::ostream& out, std::optional<std::size_t> line_width, const Paint& paint = Paint()) const;

 private:
  std::vector<std::size_t> widths(std::optional<std::size_t> line_width) const;
  bool others_can_shrink(const std::vector<std::size_t>& widths) const;
  Line line_of(const std::vector<Span>& cells, const std::vector<std::size_t>& widths) const;

  std::vector<Column> columns_;
  LastColumn last_;
  std::vector<std::vector<Span>> rows_;
};

}  // namespace keitaro_outbox::cli
