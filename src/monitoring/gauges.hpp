#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "monitoring/metrics.hpp"

namespace keitaro_outbox::monitoring {

/// What is so at the moment of a scrape, and what the process is.
std::vector<prometheus::MetricFamily> gauges_of(const Reading& reading);

/// The process's own figures, under the names that Prometheus gives them everywhere. What cannot be read is
/// left out.
std::vector<prometheus::MetricFamily> process_figures();

}  // namespace keitaro_outbox::monitoring
