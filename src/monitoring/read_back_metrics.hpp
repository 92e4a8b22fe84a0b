#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/text/time.hpp"

namespace keitaro_outbox::monitoring {

/// Counts of reading back, as Prometheus wants them told. From any thread.
class ReadBackMetrics {
 public:
  ReadBackMetrics();
  ~ReadBackMetrics();
  ReadBackMetrics(const ReadBackMetrics&) = delete;
  ReadBackMetrics& operator=(const ReadBackMetrics&) = delete;

  /// Makes a tracker's series, so that none begins only with its first event.
  void add(const std::string& tracker);
  void verified(std::string_view tracker, std::string_view verdict, std::int64_t conversions);
  void requested(std::string_view tracker, std::string_view outcome, std::int64_t requests);
  void overdue(std::string_view tracker, core::Millis time);
  /// Whether the tracker can be asked at present.
  void reachable(std::string_view tracker, bool is);

  /// Everything in Prometheus' text format, to stand behind Metrics::text().
  std::string text() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace keitaro_outbox::monitoring
