#include "cli/terminal/screen.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace keitaro_outbox::cli {
namespace {

// The terminal's other page, without a cursor; and back.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view kLeave = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view kClear = "\x1b[H\x1b[2J";
constexpr std::string_view kToEndOfLine = "\x1b[K";

bool write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string at_row(std::size_t row) {
  return "\x1b[" + std::to_string(row + 1) + ";1H";
}

}  // namespace

Screen::Screen() = default;

Screen::~Screen() {
  leave();
}

ScreenSize Screen::size() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
  return {size.ws_col, size.ws_row};
}

/// Keys are read one by one and not shown: they would stand in the page.
void Screen::enter() {
  termios now{};
  if (::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &now) == 0) {
    before_ = now;
    now.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &now);
  }
  entered_ = true;
  shown_.reset();
  write_all(kEnter);
}

void Screen::leave() {
  if (!entered_) return;
  entered_ = false;
  write_all(kLeave);
  if (before_) ::tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
  before_.reset();
}

bool Screen::draw(const std::vector<std::string>& lines) {
  if (!entered_) enter();
  std::string frame;
  if (!shown_) frame += kClear;
  const std::vector<std::string> before = shown_.value_or(std::vector<std::string>());
  for (std::size_t row = 0; row < std::max(lines.size(), before.size()); ++row) {
    const std::string_view line = row < lines.size() ? std::string_view(lines[row]) : std::string_view();
    if (row < before.size() ? line == before[row] : line.empty()) continue;
    frame.append(at_row(row)).append(line).append(kToEndOfLine);
  }
  shown_ = lines;
  return write_all(frame);
}

}  // namespace keitaro_outbox::cli
