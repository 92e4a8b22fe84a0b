#pragma once

#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

namespace keitaro_outbox::bench {

struct Curve {
  std::string name;
  std::vector<std::pair<double, double>>
      points;  ///< x above 0 (or 0, with Plot::x_from_nought), y at least 0; in order of x.
};

/// One pair of axes.
struct Panel {
  std::string y_name;        ///< With the unit.
  bool logarithmic = false;  ///< y by powers of ten; otherwise from 0.
  std::vector<Curve> curves;
};

/// Panels side by side, all with the same x.
struct Plot {
  std::string title;
  std::string x_name;
  bool x_from_nought = false;  ///< By equal steps, not by powers of ten, and the points are not marked.
  std::vector<Panel> panels;
};

/// An SVG picture. Readable on light and dark pages, without fonts of its own.
void write_svg(std::ostream& out, const Plot& plot);

}  // namespace keitaro_outbox::bench
