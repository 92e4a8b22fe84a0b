#pragma once

#include <termios.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace keitaro_outbox::cli {

struct ScreenSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

/// The terminal as a page that is drawn over and over. What stood on it before is back once this object is
/// gone.
class Screen {
 public:
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  static ScreenSize size();

  /// Shows these lines from the top, and nothing else. Each must fit the screen. Only lines that differ from
  /// what stands there are written, so that nothing flickers. False when the terminal is gone.
  bool draw(const std::vector<std::string>& lines);

  /// To be told when the terminal's size has changed, or something else has written to it.
  void forget() { shown_.reset(); }

  /// Gives the terminal back, until the next draw().
  void leave();

 private:
  void enter();

  bool entered_ = false;
  std::optional<termios> before_;  ///< Of the keyboard, where standard input is one.
  std::optional<std::vector<std::string>> shown_;
};

}  // namespace keitaro_outbox::cli
