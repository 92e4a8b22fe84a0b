#pragma once

#include <iosfwd>
#include <string>
#include <utility>
#include <vector>

namespace keitaro_outbox::bench {

struct Curve {
  std::string name;
  std::vector<std::pair<double, double>> points;  ///< x above 0, y at least 0; in order of x.
};

struct Plot {
  std::string title;
  std::string x_name;
  std::string y_name;
  std::vector<Curve> curves;
};

/// An SVG picture: x by powers of ten, y from 0. Readable on light and dark pages.
void write_svg(std::ostream& out, const Plot& plot);

}  // namespace keitaro_outbox::bench
