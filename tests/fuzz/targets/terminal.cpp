#include <sstream>
#include <string>

#include "cli/terminal/table.hpp"
#include "core/text/printable.hpp"
#include "core/text/readable.hpp"
#include "target.hpp"

namespace cli = keitaro_outbox::cli;
namespace core = keitaro_outbox::core;
using keitaro_outbox::fuzz::is_harmless_line;

namespace {

constexpr std::size_t kLine = 40;

void check_table(std::string_view bytes) {
  cli::Table table({{"id", true, 0}, {"what", false, 8}, {"more", true, 4}});
  const std::size_t third = bytes.size() / 3;
  table.add({"1", std::string(bytes.substr(0, third)), std::string(bytes.substr(third))});
  table.add({"2", std::string(bytes.substr(third)), "x"});
  std::ostringstream out;
  table.print(out, kLine);
  const std::string text = out.str();
  const auto lines = keitaro_outbox::fuzz::parts_of(text, '\n');
  MUST_HOLD(lines.size() == 4 && lines.back().empty());
  for (const std::string_view line : lines) {
    MUST_HOLD(is_harmless_line(line));
    MUST_HOLD(core::display_width(line) <= kLine);
  }
}

}  // namespace

// What stands in rows and answers, as it comes to a terminal.
FUZZ_TARGET(terminal, bytes) {
  const std::string shown = core::printable(bytes);
  MUST_HOLD(is_harmless_line(shown));
  MUST_HOLD(core::printable(shown) == shown);
  MUST_HOLD(shown.size() >= bytes.size());
  MUST_HOLD(core::display_width(shown) <= shown.size());

  for (const std::size_t width : {0u, 1u, 2u, 7u, 40u}) {
    const std::string cut = core::cut_to_width(shown, width);
    MUST_HOLD(is_harmless_line(cut) && core::display_width(cut) <= width);
    MUST_HOLD(cut == shown || width == 0 || cut.ends_with("…"));
  }
  for (const std::size_t limit : {0u, 1u, 40u}) {
    const std::string readable = core::readable(bytes, limit);
    MUST_HOLD(is_harmless_line(readable));
    MUST_HOLD(readable.size() <= 4 * limit);
    MUST_HOLD(core::readable(readable, limit) == readable);
  }
  check_table(bytes);
}
