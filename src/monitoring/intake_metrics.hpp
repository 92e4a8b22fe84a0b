#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "monitoring/health_state.hpp"

namespace keitaro_outbox::monitoring {

/// What is read off the front door at the moment of a scrape.
struct IntakeReading {
  /// Requests by source and by what became of them.
  std::map<std::string, std::map<std::string_view, std::uint64_t>> requests;
  std::map<std::string_view, std::uint64_t> turned_away;  ///< Requests answered 404, by cause.
  std::uint64_t groups = 0;                               ///< Commits.
  std::uint64_t group_items = 0;                          ///< Requests committed by them.
  std::uint64_t failed_groups = 0;
  std::int64_t spool_bytes = 0;
  std::int64_t open_rejects = -1;  ///< Unresolved, in the database; below 0 where that cannot be read.
  int connections = 0;
  std::uint64_t refused_connections = 0;
  std::uint64_t evicted_connections = 0;
  std::uint64_t overdue_connections = 0;
};

/// Times of the front door, as Prometheus wants them told.
class IntakeMetrics {
 public:
  IntakeMetrics();
  ~IntakeMetrics();
  IntakeMetrics(const IntakeMetrics&) = delete;
  IntakeMetrics& operator=(const IntakeMetrics&) = delete;

  /// From a request's arrival until it was committed. From any thread.
  void committed(std::chrono::nanoseconds took);

  /// Everything in Prometheus' text format, to stand behind Metrics::text().
  std::string text(const IntakeReading& reading) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// What a process without a worker has to tell beside: its own figures and versions, in the same format.
std::string process_text(const std::map<std::string, std::string>& libraries);

}  // namespace keitaro_outbox::monitoring
