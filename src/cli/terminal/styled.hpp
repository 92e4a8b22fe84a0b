#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keitaro_outbox::cli {

struct Command;
enum class ColorChoice : std::uint8_t;
struct Surroundings;

/// What a piece of text is to a reader. How it looks is up to Paint.
enum class Tone : std::uint8_t { plain, strong, faint, good, warning, bad };

struct Span {
  std::string text;
  Tone tone = Tone::plain;
  // Not explicit: most text is plain.
  Span(std::string shown, Tone how = Tone::plain) : text(std::move(shown)), tone(how) {}
  Span(const char* shown, Tone how = Tone::plain) : text(shown), tone(how) {}
};

/// A line for people, without its end. What stands in it is made printable when it is written.
using Line = std::vector<Span>;

/// The lines, those that are wider than `width` broken at blanks; what goes on is indented by `indent`
/// columns. A word that is wider than a line is not broken. As they are without a width.
std::vector<Line> wrapped(const std::vector<Line>& lines, std::optional<std::size_t> width,
                          std::size_t indent = 2);

/// `auto`, `always` or `never`, as `--color` takes them. Throws config::ValueError.
ColorChoice color_choice(std::string_view text);

/// Colours, or none.
class Paint {
 public:
  explicit Paint(bool on = false) : on_(on) {}

  /// As `--color` says; without it where output goes to a terminal that knows colours, and NO_COLOR is not
  /// set.
  static Paint for_output(const Command& command, const Surroundings& around);

  /// The line in bytes for a terminal, or plain; cut to `width` columns, its last one `…` when something was
  /// left out.
  std::string text_of(const Line& line, std::optional<std::size_t> width) const;

  void print(std::ostream& out, const std::vector<Line>& lines, std::optional<std::size_t> width) const;

 private:
  bool on_;
};

}  // namespace keitaro_outbox::cli
