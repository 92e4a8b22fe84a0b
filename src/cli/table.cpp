#include "cli/table.hpp"

#include <algorithm>

#include "app/printable.hpp"

namespace keitaro_outbox::cli {
namespace {

constexpr std::size_t kGap = 2;

}  // namespace

void Table::add(std::vector<std::string> cells) {
  std::ranges::transform(cells, cells.begin(), [](const std::string& cell) { return app::printable(cell); });
  rows_.push_back(std::move(cells));
}

/// What each column needs; where that is too much for a line, the widest column that may be cut gives way
/// first.
std::vector<std::size_t> Table::widths(std::optional<std::size_t> line_width) const {
  std::vector<std::size_t> out;
  std::size_t total = columns_.empty() ? 0 : kGap * (columns_.size() - 1);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = app::display_width(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, app::display_width(row[i]));
    out.push_back(width);
    total += width;
  }
  while (line_width && total > *line_width) {
    std::size_t widest = columns_.size();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const bool can_shrink = columns_[i].least_width > 0 && out[i] > columns_[i].least_width;
      if (can_shrink && (widest == columns_.size() || out[i] > out[widest])) widest = i;
    }
    if (widest == columns_.size()) break;
    --out[widest];
    --total;
  }
  return out;
}

void Table::print_line(std::ostream& out, const std::vector<std::string>& cells,
                       const std::vector<std::size_t>& widths) const {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = app::cut_to_width(cells[i], widths[i]);
    const std::string padding(widths[i] - app::display_width(cell), ' ');
    line += i == 0 ? "" : std::string(kGap, ' ');
    line += columns_[i].right ? padding + cell : cell + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << '\n';
}

void Table::print(std::ostream& out, std::optional<std::size_t> line_width) const {
  const std::vector<std::size_t> column_widths = widths(line_width);
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  print_line(out, titles, column_widths);
  for (const auto& row : rows_) print_line(out, row, column_widths);
}

}  // namespace keitaro_outbox::cli
