#include "bench/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <ostream>

#include "bench/readable.hpp"

namespace keitaro_outbox::bench {
namespace {

constexpr double kWidth = 640;
constexpr double kHeight = 360;
constexpr double kLeft = 64;
constexpr double kRight = 16;
constexpr double kTop = 40;
constexpr double kBottom = 56;
constexpr std::array<const char*, 4> kColours{"#2f6fde", "#d9622b", "#2a9d5c", "#8e44ad"};

/// From values to places on the picture.
struct Scale {
  int low_power = 0;
  int high_power = 1;
  double top = 1;

  double x(double value) const {
    return kLeft + (std::log10(value) - low_power) / (high_power - low_power) * (kWidth - kLeft - kRight);
  }
  double y(double value) const { return kHeight - kBottom - value / top * (kHeight - kTop - kBottom); }
};

/// The next of 1, 2, 5, 10, 20, … times a power of ten.
double round_up(double value) {
  if (!(value > 0)) return 1;
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 5.0}) {
    if (value <= step * power) return step * power;
  }
  return 10 * power;
}

Scale scale_for(const Plot& plot) {
  double low = INFINITY;
  double high = 0;
  double top = 0;
  for (const Curve& curve : plot.curves) {
    for (const auto& [x, y] : curve.points) {
      low = std::min(low, x);
      high = std::max(high, x);
      top = std::max(top, y);
    }
  }
  if (high <= 0) return {};
  Scale scale;
  scale.low_power = static_cast<int>(std::floor(std::log10(low)));
  scale.high_power = std::max(scale.low_power + 1, static_cast<int>(std::ceil(std::log10(high))));
  scale.top = round_up(top);
  return scale;
}

std::string escaped(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '&') {
      safe += "&amp;";
    } else if (c == '<') {
      safe += "&lt;";
    } else {
      safe += c;
    }
  }
  return safe;
}

void write_text(std::ostream& out, double x, double y, const char* anchor, const std::string& text) {
  out << "<text x=\"" << x << "\" y=\"" << y << "\" text-anchor=\"" << anchor << "\">" << escaped(text)
      << "</text>\n";
}

void write_line(std::ostream& out, double x1, double y1, double x2, double y2) {
  out << "<line x1=\"" << x1 << "\" y1=\"" << y1 << "\" x2=\"" << x2 << "\" y2=\"" << y2
      << "\" stroke=\"#888\" stroke-opacity=\"0.4\"/>\n";
}

void write_axes(std::ostream& out, const Plot& plot, const Scale& scale) {
  for (int power = scale.low_power; power <= scale.high_power; ++power) {
    const double value = std::pow(10, power);
    write_line(out, scale.x(value), kTop, scale.x(value), kHeight - kBottom);
    write_text(out, scale.x(value), kHeight - kBottom + 18, power == scale.high_power ? "end" : "middle",
               readable_number(value));
  }
  constexpr int kSteps = 5;
  for (int step = 0; step <= kSteps; ++step) {
    const double value = scale.top * step / kSteps;
    write_line(out, kLeft, scale.y(value), kWidth - kRight, scale.y(value));
    write_text(out, kLeft - 8, scale.y(value) + 4, "end", readable_number(value));
  }
  write_text(out, (kLeft + kWidth - kRight) / 2, kHeight - 14, "middle", plot.x_name);
  write_text(out, 8, kTop - 14, "start", plot.y_name);
}

void write_curve(std::ostream& out, const Curve& curve, const Scale& scale, std::size_t number) {
  const char* colour = kColours[number % kColours.size()];
  out << "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"" << colour << "\" points=\"";
  for (const auto& [x, y] : curve.points) out << scale.x(x) << "," << scale.y(y) << " ";
  out << "\"/>\n";
  for (const auto& [x, y] : curve.points) {
    out << "<circle r=\"3\" fill=\"" << colour << "\" cx=\"" << scale.x(x) << "\" cy=\"" << scale.y(y)
        << "\"><title>" << readable_number(x) << ": " << readable_number(y) << "</title></circle>\n";
  }
  const double line = kHeight - kBottom - 12 - 18 * static_cast<double>(number);
  out << "<rect width=\"12\" height=\"3\" fill=\"" << colour << "\" x=\"" << kLeft + 12 << "\" y=\""
      << line - 5 << "\"/>\n";
  write_text(out, kLeft + 30, line, "start", curve.name);
}

}  // namespace

void write_svg(std::ostream& out, const Plot& plot) {
  const Scale scale = scale_for(plot);
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << kWidth << " " << kHeight
      << "\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#777\">\n";
  write_text(out, kWidth / 2, 16, "middle", plot.title);
  write_axes(out, plot, scale);
  for (std::size_t i = 0; i < plot.curves.size(); ++i) write_curve(out, plot.curves[i], scale, i);
  out << "</svg>\n";
}

}  // namespace keitaro_outbox::bench
