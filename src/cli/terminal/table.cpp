#include "cli/terminal/table.hpp"

#include <algorithm>

#include "core/text/printable.hpp"

namespace keitaro_outbox::cli {
namespace {

constexpr std::size_t kGap = 2;

}  // namespace

void Table::add(std::vector<Span> cells) {
  for (Span& cell : cells) cell.text = core::printable(cell.text);
  rows_.push_back(std::move(cells));
}

/// What each column needs; where that is too much for a line, the widest column that may be cut gives way
/// first.
std::vector<std::size_t> Table::widths(std::optional<std::size_t> line_width) const {
  std::vector<std::size_t> out;
  std::size_t total = columns_.empty() ? 0 : kGap * (columns_.size() - 1);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = core::display_width(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, core::display_width(row[i].text));
    out.push_back(width);
    total += width;
  }
  // One that is wrapped gives way first, down to what can still be read.
  constexpr std::size_t kReadable = 32;
  if (last_ == LastColumn::wrapped && line_width && total > *line_width && out.back() > kReadable) {
    const std::size_t given = std::min(out.back() - kReadable, total - *line_width);
    out.back() -= given;
    total -= given;
  }
  while (line_width && total > *line_width) {
    std::size_t widest = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      // The others are cut before it is narrowed further.
      const bool spared = last_ == LastColumn::wrapped && i + 1 == columns_.size() && others_can_shrink(out);
      if (spared) continue;
      const bool can_shrink = columns_[i].least_width > 0 && out[i] > columns_[i].least_width;
      if (can_shrink && (widest == columns_.size() || out[i] > out[widest])) widest = i;
    }
    if (widest == columns_.size()) break;
    --out[widest];
    --total;
  }
  return out;
}

bool Table::others_can_shrink(const std::vector<std::size_t>& widths) const {
  for (std::size_t i = 0; i + 1 < columns_.size(); ++i) {
    if (columns_[i].least_width > 0 && widths[i] > columns_[i].least_width) return true;
  }
  return false;
}

Line Table::line_of(const std::vector<Span>& cells, const std::vector<std::size_t>& widths) const {
  Line line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    std::string cell = core::cut_to_width(cells[i].text, widths[i]);
    std::string padding(widths[i] - core::display_width(cell), ' ');
    std::string gap(i == 0 ? 0 : kGap, ' ');
    if (columns_[i].right) {
      line.emplace_back(gap + padding);
      line.emplace_back(std::move(cell), cells[i].tone);
    } else {
      line.emplace_back(std::move(gap));
      line.emplace_back(std::move(cell), cells[i].tone);
      line.emplace_back(std::move(padding));
    }
  }
  return line;
}

std::vector<Line> Table::lines(std::optional<std::size_t> line_width) const {
  const std::vector<std::size_t> column_widths = widths(line_width);
  std::vector<Span> titles;
  for (const Column& column : columns_) titles.emplace_back(column.title, Tone::faint);
  std::vector<Line> out{line_of(titles, column_widths)};
  for (const auto& row : rows_) {
    if (last_ == LastColumn::cut || row.empty()) {
      out.push_back(line_of(row, column_widths));
      continue;
    }
    // A word that is wider than the column is cut as elsewhere.
    std::vector<Span> cells = row;
    for (std::string& part : core::broken_between_words(row.back().text, column_widths.back())) {
      cells.back() = {std::move(part), row.back().tone};
      out.push_back(line_of(cells, column_widths));
      for (Span& cell : cells) cell.text.clear();
    }
  }
  return out;
}

void Table::print(std::ostream& out, std::optional<std::size_t> line_width, const Paint& paint) const {
  paint.print(out, lines(line_width), std::nullopt);
}

}  // namespace keitaro_outbox::cli
