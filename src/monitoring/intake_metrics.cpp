#include "monitoring/intake_metrics.hpp"

#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <utility>

#include "keitaro_outbox/version.hpp"
#include "monitoring/gauges.hpp"

namespace keitaro_outbox::monitoring {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using Labels = std::vector<ClientMetric::Label>;

const std::vector<double> kCommitBounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                        0.1,    0.25,  0.5,    1,     2.5,  5};

MetricFamily counter(const char* name, const char* help) {
  return {name, help, prometheus::MetricType::Counter, {}};
}

void add(MetricFamily& family, Labels labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  // The serializer reads the one that the family's type names.
  metric.counter.value = value;
  metric.gauge.value = value;
  family.metric.push_back(std::move(metric));
}

void add_single(const char* name, const char* help, prometheus::MetricType type, double value,
                std::vector<MetricFamily>& out) {
  MetricFamily family{name, help, type, {}};
  add(family, {}, value);
  out.push_back(std::move(family));
}

}  // namespace

struct IntakeMetrics::Parts {
  prometheus::Registry registry;
  prometheus::Histogram& to_commit =
      prometheus::BuildHistogram()
          .Name("keitaro_outbox_intake_seconds_to_commit")
          .Help("From a request's arrival at the front door until it was committed.")
          .Register(registry)
          .Add({}, kCommitBounds);
};

IntakeMetrics::IntakeMetrics() : parts_(std::make_unique<Parts>()) {}
IntakeMetrics::~IntakeMetrics() = default;

void IntakeMetrics::committed(std::chrono::nanoseconds took) {
  parts_->to_commit.Observe(std::chrono::duration<double>(took).count());
}

std::string IntakeMetrics::text(const IntakeReading& reading) const {
  using prometheus::MetricType;
  std::vector<MetricFamily> families = parts_->registry.Collect();
  MetricFamily requests = counter("keitaro_outbox_intake_requests_total",
                                  "Requests of known sources at the front door, by what became of them.");
  for (const auto& [source, fates] : reading.requests) {
    for (const auto& [fate, count] : fates)
      add(requests, {{"source", source}, {"result", std::string(fate)}}, static_cast<double>(count));
  }
  families.push_back(std::move(requests));
  MetricFamily turned_away = counter("keitaro_outbox_intake_turned_away_total",
                                     "Requests answered 404 at the front door, by cause.");
  for (const auto& [cause, requests_of_it] : reading.turned_away)
    add(turned_away, {{"cause", std::string(cause)}}, static_cast<double>(requests_of_it));
  families.push_back(std::move(turned_away));
  const auto count = [&](const char* name, const char* help, std::uint64_t value) {
    add_single(name, help, MetricType::Counter, static_cast<double>(value), families);
  };
  const auto gauge = [&](const char* name, const char* help, double value) {
    add_single(name, help, MetricType::Gauge, value, families);
  };
  count("keitaro_outbox_intake_groups_total", "Commits of the front door.", reading.groups);
  count("keitaro_outbox_intake_group_requests_total",
        "Requests that these commits held: divided by the number of commits, the size of a group.",
        reading.group_items);
  count("keitaro_outbox_intake_failed_groups_total",
        "Groups that the database could not take: they went into the spool, or were answered with 503.",
        reading.failed_groups);
  gauge("keitaro_outbox_intake_spool_bytes", "Bytes in the spool that are not rows yet.",
        static_cast<double>(reading.spool_bytes));
  if (reading.open_rejects >= 0) {
    gauge("keitaro_outbox_intake_rejects_waiting", "Requests that could not become rows and are unresolved.",
          static_cast<double>(reading.open_rejects));
  }
  gauge("keitaro_outbox_intake_connections", "Connections open at the front door.", reading.connections);
  MetricFamily ended = counter("keitaro_outbox_intake_ended_connections_total",
                               "Connections refused or ended by the front door's limits, by cause.");
  add(ended, {{"cause", "limit"}}, static_cast<double>(reading.refused_connections));
  add(ended, {{"cause", "made_room"}}, static_cast<double>(reading.evicted_connections));
  add(ended, {{"cause", "too_slow"}}, static_cast<double>(reading.overdue_connections));
  families.push_back(std::move(ended));
  return prometheus::TextSerializer().Serialize(families);
}

std::string process_text(const std::map<std::string, std::string>& libraries) {
  std::vector<MetricFamily> families;
  MetricFamily build{"keitaro_outbox_build_info",
                     "Always 1; the labels tell the versions.",
                     prometheus::MetricType::Gauge,
                     {}};
  Labels labels{{"version", kVersion}};
  for (const auto& [library, version] : libraries) labels.push_back({library, version});
  add(build, std::move(labels), 1);
  families.push_back(std::move(build));
  for (MetricFamily& family : process_figures()) families.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace keitaro_outbox::monitoring
