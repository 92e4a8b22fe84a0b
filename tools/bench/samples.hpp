#pragma once

#include <cstddef>
#include <vector>

namespace keitaro_outbox::bench {

/// Measured values of one quantity, in the order in which they came. An empty one gives NaN for everything.
class Samples {
 public:
  void add(double value) { values_.push_back(value); }

  bool empty() const { return values_.empty(); }
  std::size_t size() const { return values_.size(); }
  const std::vector<double>& values() const { return values_; }

  double median() const { return percentile(50); }
  double min() const { return percentile(0); }
  double max() const { return percentile(100); }

  /// The value that `percent` (0 to 100) of the others do not exceed, between two neighbours in proportion.
  double percentile(double percent) const;

 private:
  std::vector<double> values_;
};

}  // namespace keitaro_outbox::bench
