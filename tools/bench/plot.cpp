#include "bench/plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <ostream>

#include "bench/readable.hpp"

namespace keitaro_outbox::bench {
namespace {

// Sizes in the picture's own units.
constexpr double kPanelWidth = 280;
constexpr double kLeft = 52;  // In a panel, left of its y axis.
constexpr double kRight = 22;
constexpr double kTop = 64;
constexpr double kBottom = 240;  // Where the x axes are.
constexpr double kLegendLine = 17;
constexpr std::array<const char*, 4> kColours{"#3b82f6", "#e8703a", "#22a06b", "#a05bc5"};

/// A stretch of one axis: values to places between 0 and 1, and the values to write beside it.
struct Axis {
  bool logarithmic = false;
  double low = 0;
  double high = 1;
  std::vector<double> ticks;

  double place(double value) const {
    if (!logarithmic) return (value - low) / (high - low);
    return (std::log10(std::max(value, low)) - std::log10(low)) / (std::log10(high) - std::log10(low));
  }
};

Axis powers_of_ten(double least, double most) {
  if (!(least > 0) || !(most >= least)) return {true, 1, 10, {1, 10}};
  const int low = static_cast<int>(std::floor(std::log10(least) + 1e-9));
  const int high = std::max(low + 1, static_cast<int>(std::ceil(std::log10(most) - 1e-9)));
  Axis axis{true, std::pow(10, low), std::pow(10, high), {}};
  for (int power = low; power <= high; ++power) axis.ticks.push_back(std::pow(10, power));
  return axis;
}

/// From 0 to the next of 1, 2, 5, 10, 20, … times a power of ten.
Axis from_nought(double most) {
  constexpr int kSteps = 5;
  double top = 1;
  if (most > 0) {
    const double power = std::pow(10, std::floor(std::log10(most)));
    for (const double step : {1.0, 2.0, 5.0, 10.0}) {
      top = step * power;
      if (most <= top) break;
    }
  }
  Axis axis{false, 0, top, {}};
  for (int step = 0; step <= kSteps; ++step) axis.ticks.push_back(top * step / kSteps);
  return axis;
}

/// From 0 to just there, with a tick each five.
Axis up_to(double most) {
  Axis axis{false, 0, std::max(most, 1.0), {}};
  for (double tick = 0; tick <= axis.high; tick += 5) axis.ticks.push_back(tick);
  return axis;
}

struct Extent {
  double least = INFINITY;
  double most = -INFINITY;
  void take_in(double value) {
    least = std::min(least, value);
    most = std::max(most, value);
  }
};

Axis x_axis(const Plot& plot) {
  Extent x;
  for (const Panel& panel : plot.panels) {
    for (const Curve& curve : panel.curves) {
      for (const auto& point : curve.points) x.take_in(point.first);
    }
  }
  return plot.x_from_nought ? up_to(x.most) : powers_of_ten(x.least, x.most);
}

Axis y_axis(const Panel& panel) {
  Extent y;
  for (const Curve& curve : panel.curves) {
    for (const auto& point : curve.points) y.take_in(point.second);
  }
  return panel.logarithmic ? powers_of_ten(y.least, y.most) : from_nought(y.most);
}

/// 10 k, 1 M: there is little room below a panel.
std::string brief(double value) {
  if (value >= 1e6) return readable_number(value / 1e6) + " M";
  if (value >= 1e3) return readable_number(value / 1e3) + " k";
  return readable_number(value);
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
      << "\" stroke=\"#808080\" stroke-opacity=\"0.35\"/>\n";
}

/// One panel, `left` from the picture's edge.
class PanelWriter {
 public:
  PanelWriter(std::ostream& out, const Panel& panel, const Axis& x, double left)
      : out_(out), panel_(panel), x_(x), y_(y_axis(panel)), left_(left) {}

  void write(const std::string& x_name) {
    write_axes(x_name);
    for (std::size_t i = 0; i < panel_.curves.size(); ++i) write_curve(panel_.curves[i], i);
  }

 private:
  double x(double value) const { return left_ + kLeft + x_.place(value) * (kPanelWidth - kLeft - kRight); }
  double y(double value) const { return kBottom - y_.place(value) * (kBottom - kTop); }

  void write_axes(const std::string& x_name) {
    for (const double value : x_.ticks) {
      write_line(out_, x(value), kTop, x(value), kBottom);
      write_text(out_, x(value), kBottom + 16, "middle", brief(value));
    }
    for (const double value : y_.ticks) {
      write_line(out_, x(x_.low), y(value), x(x_.high), y(value));
      write_text(out_, x(x_.low) - 6, y(value) + 4, "end", brief(value));
    }
    write_text(out_, left_ + 8, kTop - 16, "start", panel_.y_name);
    write_text(out_, (x(x_.low) + x(x_.high)) / 2, kBottom + 33, "middle", x_name);
  }

  void write_curve(const Curve& curve, std::size_t number) {
    const char* colour = kColours[number % kColours.size()];
    out_ << "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"" << colour << "\" points=\"";
    for (const auto& [at, value] : curve.points) out_ << x(at) << "," << y(value) << " ";
    out_ << "\"/>\n";
    const bool marked = x_.logarithmic;
    for (const auto& [at, value] : curve.points) {
      if (!marked) break;
      out_ << "<circle r=\"3\" fill=\"" << colour << "\" cx=\"" << x(at) << "\" cy=\"" << y(value)
           << "\"><title>" << readable_number(at) << ": " << readable_number(value) << "</title></circle>\n";
    }
    const double line = kBottom + 56 + kLegendLine * static_cast<double>(number);
    out_ << "<rect width=\"14\" height=\"3\" fill=\"" << colour << "\" x=\"" << x(x_.low) << "\" y=\""
         << line - 5 << "\"/>\n";
    write_text(out_, x(x_.low) + 20, line, "start", curve.name);
  }

  std::ostream& out_;
  const Panel& panel_;
  const Axis& x_;
  const Axis y_;
  const double left_;
};

}  // namespace

void write_svg(std::ostream& out, const Plot& plot) {
  std::size_t most_curves = 1;
  for (const Panel& panel : plot.panels) most_curves = std::max(most_curves, panel.curves.size());
  const double width = kPanelWidth * static_cast<double>(std::max<std::size_t>(plot.panels.size(), 1));
  const double height = kBottom + 48 + kLegendLine * static_cast<double>(most_curves);
  // A grey that stands out from white and from black alike: which of them it will be on is not known.
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << width << " " << height << "\" width=\""
      << width << "\" height=\"" << height
      << "\" font-family=\"sans-serif\" font-size=\"12\" fill=\"#7d7d7d\">\n";
  write_text(out, width / 2, 18, "middle", plot.title);
  const Axis x = x_axis(plot);
  for (std::size_t i = 0; i < plot.panels.size(); ++i) {
    PanelWriter(out, plot.panels[i], x, kPanelWidth * static_cast<double>(i)).write(plot.x_name);
  }
  out << "</svg>\n";
}

}  // namespace keitaro_outbox::bench
