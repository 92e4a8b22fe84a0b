#include "cli/terminal/styled.hpp"

#include <algorithm>

#include "cli/command.hpp"
#include "cli/execute.hpp"
#include "config/option_values.hpp"
#include "core/text/printable.hpp"

namespace keitaro_outbox::cli {
namespace {

/// The eight colours that every terminal has, as its owner has set them.
std::string_view code_of(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return {};
    case Tone::strong:
      return "\x1b[1m";
    case Tone::faint:
      return "\x1b[2m";
    case Tone::good:
      return "\x1b[32m";
    case Tone::warning:
      return "\x1b[33m";
    case Tone::bad:
      return "\x1b[31m";
  }
  return {};
}

constexpr std::string_view kPlain = "\x1b[0m";
constexpr std::string_view kEllipsis = "…";  // As core::cut_to_width() puts it.

bool has_value(const std::optional<std::string>& variable) {
  return variable && !variable->empty();
}

}  // namespace

namespace {

/// One line broken at blanks.
void wrap(const Line& line, std::size_t width, std::size_t indent, std::vector<Line>& out) {
  out.emplace_back();
  std::size_t used = 0;
  bool begun = false;  // Whether the line has more than its indent.
  for (const Span& span : line) {
    std::string_view rest = span.text;
    while (!rest.empty()) {
      // A word with the blanks before it; blanks at the end of a span stand alone.
      const std::size_t start = std::min(rest.find_first_not_of(' '), rest.size());
      const std::size_t end = std::min(rest.find(' ', start), rest.size());
      const std::size_t columns = core::display_width(rest.substr(0, end));
      const bool breaks = begun && start > 0 && start < rest.size() && used + columns > width;
      if (breaks) {
        out.push_back({std::string(indent, ' ')});
        used = indent + columns - start;
        out.back().emplace_back(std::string(rest.substr(start, end - start)), span.tone);
      } else {
        used += columns;
        out.back().emplace_back(std::string(rest.substr(0, end)), span.tone);
      }
      begun = true;
      rest.remove_prefix(end);
    }
  }
}

}  // namespace

std::vector<Line> wrapped(const std::vector<Line>& lines, std::optional<std::size_t> width,
                          std::size_t indent) {
  if (!width) return lines;
  std::vector<Line> out;
  for (const Line& line : lines) {
    Line shown;
    std::size_t columns = 0;
    for (const Span& span : line) {
      shown.emplace_back(core::printable(span.text), span.tone);
      columns += core::display_width(shown.back().text);
    }
    if (columns <= *width) {
      out.push_back(std::move(shown));
    } else {
      wrap(shown, *width, indent, out);
    }
  }
  return out;
}

ColorChoice color_choice(std::string_view text) {
  if (text == "auto") return ColorChoice::automatic;
  if (text == "always") return ColorChoice::always;
  if (text == "never") return ColorChoice::never;
  throw config::ValueError("write auto, always or never");
}

Paint Paint::for_output(const Command& command, const Surroundings& around) {
  switch (command.color) {
    case ColorChoice::always:
      return Paint(true);
    case ColorChoice::never:
      return Paint(false);
    case ColorChoice::automatic:
      break;
  }
  return Paint(around.terminal && !has_value(around.environment("NO_COLOR")) &&
               around.environment("TERM").value_or("") != "dumb");
}

std::string Paint::text_of(const Line& line, std::optional<std::size_t> width) const {
  std::string plain;
  std::vector<std::size_t> ends;  // Of each span.
  for (const Span& span : line) {
    plain += core::printable(span.text);
    ends.push_back(plain.size());
  }
  plain.resize(plain.find_last_not_of(' ') + 1);
  const bool cut = width && core::display_width(plain) > *width;
  if (cut) plain = core::cut_to_width(plain, *width);
  if (!on_) return plain;

  std::string out;
  const std::size_t kept = cut && !plain.empty() ? plain.size() - kEllipsis.size() : plain.size();
  std::size_t at = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const std::size_t end = std::min(ends[i], kept);
    if (end <= at) continue;
    const std::string_view code = code_of(line[i].tone);
    out.append(code).append(plain, at, end - at).append(code.empty() ? "" : kPlain);
    at = end;
  }
  return out.append(plain, kept);
}

void Paint::print(std::ostream& out, const std::vector<Line>& lines, std::optional<std::size_t> width) const {
  for (const Line& line : lines) out << text_of(line, width) << '\n';
}

}  // namespace keitaro_outbox::cli
