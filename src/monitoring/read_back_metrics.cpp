#include "monitoring/read_back_metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <chrono>

namespace keitaro_outbox::monitoring {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;

struct ReadBackMetrics::Parts {
  prometheus::Registry registry;
  Family<Counter>& verified_total =
      prometheus::BuildCounter()
          .Name("keitaro_outbox_conversions_verified_total")
          .Help("Conversions that the tracker's own records were asked for, by what they said in the end.")
          .Register(registry);
  Family<Counter>& requests_total = prometheus::BuildCounter()
                                        .Name("keitaro_outbox_readback_requests_total")
                                        .Help("Requests to the tracker's Admin API, by what became of them.")
                                        .Register(registry);
  Family<Gauge>& overdue_seconds =
      prometheus::BuildGauge()
          .Name("keitaro_outbox_readback_overdue_seconds")
          .Help("How long the conversion that is due longest has waited to be asked after.")
          .Register(registry);
  Family<Gauge>& reachable = prometheus::BuildGauge()
                                 .Name("keitaro_outbox_readback_reachable")
                                 .Help("0 while the tracker's Admin API cannot be asked.")
                                 .Register(registry);
};

ReadBackMetrics::ReadBackMetrics() : parts_(std::make_unique<Parts>()) {}
ReadBackMetrics::~ReadBackMetrics() = default;

void ReadBackMetrics::add(const std::string& tracker) {
  for (const char* const verdict : {"recorded", "differs", "absent", "unknowable"})
    parts_->verified_total.Add({{"tracker", tracker}, {"verdict", verdict}});
  parts_->requests_total.Add({{"tracker", tracker}, {"outcome", "answered"}});
  overdue(tracker, core::Millis{0});
  reachable(tracker, true);
}

void ReadBackMetrics::verified(std::string_view tracker, std::string_view verdict, std::int64_t conversions) {
  parts_->verified_total.Add({{"tracker", std::string(tracker)}, {"verdict", std::string(verdict)}})
      .Increment(static_cast<double>(conversions));
}

void ReadBackMetrics::requested(std::string_view tracker, std::string_view outcome, std::int64_t requests) {
  parts_->requests_total.Add({{"tracker", std::string(tracker)}, {"outcome", std::string(outcome)}})
      .Increment(static_cast<double>(requests));
}

void ReadBackMetrics::overdue(std::string_view tracker, core::Millis time) {
  parts_->overdue_seconds.Add({{"tracker", std::string(tracker)}})
      .Set(std::chrono::duration<double>(time).count());
}

void ReadBackMetrics::reachable(std::string_view tracker, bool is) {
  parts_->reachable.Add({{"tracker", std::string(tracker)}}).Set(is ? 1 : 0);
}

std::string ReadBackMetrics::text() const {
  return prometheus::TextSerializer().Serialize(parts_->registry.Collect());
}

}  // namespace keitaro_outbox::monitoring
