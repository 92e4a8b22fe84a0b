#include "web/screens/chart.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "report/time_words.hpp"

namespace keitaro_outbox::web {
namespace {

// In the picture's own units.
constexpr int kWidth = 960;
constexpr int kLeft = 56;
constexpr int kPlotWidth = kWidth - kLeft - 8;
constexpr int kTop = 10;
constexpr int kUpper = 120;  ///< Height of what was delivered and failed.
constexpr int kGap = 34;
constexpr int kLower = 56;  ///< Height of what was waiting.
constexpr int kHeight = kTop + kUpper + kGap + kLower + 26;
constexpr core::Millis kBar = std::chrono::minutes{15};

struct Bar {
  core::WallTime from{};
  std::int64_t delivered = 0;
  std::int64_t failed = 0;
  std::optional<std::int64_t> waiting = {};
};

std::vector<Bar> bars_of(const DayHistory::Day& day) {
  std::vector<Bar> bars;
  for (const HistoryPoint& point : day.points) {
    const core::WallTime from{point.from.time_since_epoch() / kBar * kBar};
    if (bars.empty() || bars.back().from != from) bars.push_back({.from = from});
    Bar& bar = bars.back();
    bar.delivered += point.delivered;
    bar.failed += point.failed;
    if (point.waiting) bar.waiting = std::max(bar.waiting.value_or(0), *point.waiting);
  }
  return bars;
}

/// The least round number that is not below: 1, 2, 5, 10, 20, …
std::int64_t round_up(std::int64_t number) {
  std::int64_t unit = 1;
  for (;;) {
    for (const std::int64_t step : {1, 2, 5}) {
      if (unit * step >= number) return unit * step;
    }
    unit *= 10;
  }
}

std::string fixed(double value) {
  const auto tenths = std::llround(value * 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

class Drawing {
 public:
  explicit Drawing(std::vector<Bar> bars) : bars_(std::move(bars)) {
    for (const Bar& bar : bars_) {
      delivered_ += bar.delivered;
      failed_ += bar.failed;
      most_ = std::max({most_, bar.delivered, bar.failed});
      most_waiting_ = std::max(most_waiting_, bar.waiting.value_or(0));
    }
  }

  bool has_nothing() const { return delivered_ + failed_ + most_waiting_ == 0; }

  Html html() {
    out_.markup("<svg viewBox=\"0 0 ").text(std::to_string(kWidth)).markup(" ").text(std::to_string(kHeight));
    out_.markup("\" role=\"img\" aria-labelledby=\"chart-title chart-text\" class=\"chart\">");
    out_.markup("<title id=\"chart-title\">The last 24 hours</title><desc id=\"chart-text\">")
        .text(report::grouped(delivered_) + " delivered, " + report::grouped(failed_) +
              " tries failed, at most " + report::grouped(most_waiting_) + " waiting.")
        .markup("</desc>");
    draw_grid();
    draw_bars();
    draw_waiting();
    draw_hours();
    return std::move(out_.markup("</svg>\n"));
  }

  std::int64_t delivered() const { return delivered_; }
  std::int64_t failed() const { return failed_; }

 private:
  double x_of(std::size_t bar) const {
    return kLeft +
           static_cast<double>(kPlotWidth) * static_cast<double>(bar) / static_cast<double>(bars_.size());
  }
  static double height_of(std::int64_t value, std::int64_t most, int height) {
    return most == 0 ? 0 : static_cast<double>(value) * height / static_cast<double>(most);
  }
  static constexpr int kWaitingTop = kTop + kUpper + kGap;

  void label(double x, double y, const std::string& text, bool at_end = false) {
    out_.markup("<text x=\"").text(fixed(x)).markup("\" y=\"").text(fixed(y)).markup("\"");
    if (at_end) out_.markup(" text-anchor=\"end\"");
    out_.markup(">").text(text).markup("</text>");
  }
  void line(int y) {
    out_.markup("<line x1=\"")
        .text(std::to_string(kLeft))
        .markup("\" x2=\"")
        .text(std::to_string(kWidth - 8));
    out_.markup("\" y1=\"").text(std::to_string(y)).markup("\" y2=\"").text(std::to_string(y)).markup("\"/>");
  }

  void draw_grid() {
    const std::int64_t top = round_up(std::max<std::int64_t>(most_, 1));
    top_ = top;
    top_waiting_ = round_up(std::max<std::int64_t>(most_waiting_, 1));
    out_.markup("<g class=\"grid\">");
    line(kTop);
    line(kTop + kUpper);
    line(kWaitingTop);
    line(kWaitingTop + kLower);
    label(kLeft - 6, kTop + 5, report::grouped(top), true);
    label(kLeft - 6, kTop + kUpper + 4, "0", true);
    label(kLeft - 6, kWaitingTop + 5, report::grouped(top_waiting_), true);
    label(kLeft - 6, kWaitingTop + kLower + 4, "0", true);
    label(kLeft, kWaitingTop - 8, "waiting");
    out_.markup("</g>");
  }

  void rect(double x, double width, double base, double height, std::int64_t value, std::string_view what,
            const Bar& bar, bool failed) {
    if (value == 0) return;
    const double drawn = std::max(height, 1.0);
    if (failed) {
      out_.markup("<rect class=\"failed\" x=\"");
    } else {
      out_.markup("<rect class=\"delivered\" x=\"");
    }
    out_.text(fixed(x)).markup("\" y=\"").text(fixed(base - drawn)).markup("\" width=\"").text(fixed(width));
    out_.markup("\" height=\"").text(fixed(drawn)).markup("\"><title>");
    out_.text(report::grouped(value) + " " + std::string(what) + " in the 15 minutes from " +
              report::time_words(bar.from));
    out_.markup("</title></rect>");
  }

  void draw_bars() {
    const double slot = static_cast<double>(kPlotWidth) / static_cast<double>(bars_.size());
    for (std::size_t i = 0; i < bars_.size(); ++i) {
      const Bar& bar = bars_[i];
      rect(x_of(i) + 0.5, slot * 0.5 - 0.5, kTop + kUpper, height_of(bar.delivered, top_, kUpper),
           bar.delivered, "delivered", bar, false);
      rect(x_of(i) + slot * 0.5, slot * 0.5 - 0.5, kTop + kUpper, height_of(bar.failed, top_, kUpper),
           bar.failed, "tries failed", bar, true);
    }
  }

  void draw_waiting() {
    const double slot = static_cast<double>(kPlotWidth) / static_cast<double>(bars_.size());
    out_.markup("<g class=\"waiting\">");
    for (std::size_t i = 0; i < bars_.size(); ++i) {
      const Bar& bar = bars_[i];
      if (!bar.waiting || *bar.waiting == 0) continue;
      const double height = std::max(height_of(*bar.waiting, top_waiting_, kLower), 1.0);
      out_.markup("<rect x=\"").text(fixed(x_of(i))).markup("\" y=\"");
      out_.text(fixed(kWaitingTop + kLower - height)).markup("\" width=\"").text(fixed(slot + 0.2));
      out_.markup("\" height=\"").text(fixed(height)).markup("\"><title>");
      out_.text(report::grouped(*bar.waiting) + " waiting at " + report::time_words(bar.from));
      out_.markup("</title></rect>");
    }
    out_.markup("</g>");
  }

  void draw_hours() {
    out_.markup("<g class=\"hours\">");
    for (std::size_t i = 0; i < bars_.size(); ++i) {
      const std::string words = report::time_words(bars_[i].from);
      if (words.substr(14, 2) != "00") continue;
      const int hour = std::stoi(words.substr(11, 2));
      if (hour % 3 != 0) continue;
      label(x_of(i), kHeight - 6, words.substr(11, 5));
    }
    out_.markup("</g>");
  }

  const std::vector<Bar> bars_;
  std::int64_t delivered_ = 0;
  std::int64_t failed_ = 0;
  std::int64_t most_ = 0;
  std::int64_t most_waiting_ = 0;
  std::int64_t top_ = 1;
  std::int64_t top_waiting_ = 1;
  Html out_;
};

}  // namespace

Html day_chart(const DayHistory::Day& day) {
  Drawing drawing(bars_of(day));
  if (drawing.has_nothing()) return {};
  Html out;
  out.markup("<figure><figcaption>").text(report::grouped(drawing.delivered())).markup(" delivered");
  out.markup(" <span class=\"key delivered\" aria-hidden=\"true\"></span> and ");
  out.text(report::grouped(drawing.failed())).markup(" failed tries");
  out.markup(
      " <span class=\"key failed\" aria-hidden=\"true\"></span>, each bar a quarter of an hour; hours are "
      "UTC.");
  if (!day.whole)
    out.markup(
        " More happened than was counted: the program was started since, and read back the newest 20,000 "
        "rows.");
  return std::move(out.markup("</figcaption>").add(drawing.html()).markup("</figure>\n"));
}

}  // namespace keitaro_outbox::web
