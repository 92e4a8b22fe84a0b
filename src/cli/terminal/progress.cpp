#include "cli/terminal/progress.hpp"

#include <algorithm>
#include <cmath>

#include "core/text/printable.hpp"
#include "report/time_words.hpp"

namespace keitaro_outbox::cli {
namespace {

constexpr std::chrono::milliseconds kBetweenDrawings{200};

/// How much of the rate shown is the newest: some seconds of work count.
constexpr double kNewest = 0.1;

std::string bar(double part, std::size_t width) {
  const auto filled = static_cast<std::size_t>(std::lround(part * static_cast<double>(width)));
  std::string out(width, ' ');
  std::fill_n(out.begin(), std::min(filled, width), '=');
  if (filled > 0 && filled < width) out[filled - 1] = '>';
  return "[" + out + "]";
}

}  // namespace

std::string progress_line(const ProgressPoint& point, double rate, std::optional<std::chrono::seconds> left,
                          std::size_t width) {
  constexpr std::size_t kShortestBar = 8;
  constexpr std::size_t kLongestBar = 30;
  std::string words = report::grouped(point.rows) + " rows  " + report::grouped(std::llround(rate)) + "/s";
  if (!point.part) return core::cut_to_width(words, width);
  const double part = std::clamp(*point.part, 0.0, 1.0);
  const std::string percent = std::to_string(static_cast<int>(part * 100)) + "%  ";
  if (left) words += "  " + report::span_words(*left) + " left";
  words = percent + words;
  if (words.size() + kShortestBar + 3 > width) return core::cut_to_width(words, width);
  return bar(part, std::min(kLongestBar, width - words.size() - 3)) + " " + words;
}

Progress::Progress(std::ostream& terminal, std::optional<std::size_t> width)
    : terminal_(terminal), width_(width) {}

Progress::~Progress() {
  clear();
}

void Progress::show(const ProgressPoint& point) {
  const auto now = Clock::now();
  if (!width_ || now - shown_at_ < kBetweenDrawings) return;
  const double passed = std::chrono::duration<double>(now - shown_at_).count();
  const double newest = static_cast<double>(point.rows - shown_rows_) / passed;
  rate_ = shown_at_ == begun_ ? newest : rate_ + kNewest * (newest - rate_);
  shown_at_ = now;
  shown_rows_ = point.rows;
  std::optional<std::chrono::seconds> left;
  if (point.part && *point.part > 0) {
    const double so_far = std::chrono::duration<double>(now - begun_).count();
    left = std::chrono::seconds(std::llround(so_far / *point.part * (1 - std::min(*point.part, 1.0))));
  }
  // One column less: a full line would make the terminal go on to the next. What stood there is overwritten,
  // then the rest of the line taken away.
  terminal_ << '\r' << progress_line(point, rate_, left, *width_ - 1) << "\x1b[K" << std::flush;
  on_screen_ = true;
}

void Progress::clear() {
  if (!on_screen_) return;
  terminal_ << "\r\x1b[K" << std::flush;
  on_screen_ = false;
}

}  // namespace keitaro_outbox::cli
