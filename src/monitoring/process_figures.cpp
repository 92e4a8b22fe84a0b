#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "monitoring/gauges.hpp"

namespace keitaro_outbox::monitoring {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

/// The fields of /proc/self/stat from the third on: the second, the name, may hold anything.
struct ProcessStat {
  std::uint64_t user_ticks = 0;
  std::uint64_t system_ticks = 0;
  std::uint64_t start_ticks = 0;  ///< Since the machine's start.
  std::uint64_t resident_pages = 0;
};

bool read_stat(ProcessStat& out) {
  std::ifstream file("/proc/self/stat");
  std::string text;
  if (!std::getline(file, text)) return false;
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string skipped;
  constexpr int kUser = 14;
  constexpr int kSystem = 15;
  constexpr int kStart = 22;
  constexpr int kResident = 24;
  for (int field = 3; field <= kResident; ++field) {
    std::uint64_t* wanted = field == kUser       ? &out.user_ticks
                            : field == kSystem   ? &out.system_ticks
                            : field == kStart    ? &out.start_ticks
                            : field == kResident ? &out.resident_pages
                                                 : nullptr;
    const bool read = wanted ? static_cast<bool>(fields >> *wanted) : static_cast<bool>(fields >> skipped);
    if (!read) return false;
  }
  return true;
}

/// When the machine started, in Unix seconds.
std::uint64_t boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    std::uint64_t value = 0;
    if (word == "btime" && file >> value) return value;
  }
  return 0;
}

MetricFamily figure(const char* name, const char* help, MetricType type, double value) {
  MetricFamily family{name, help, type, {}};
  prometheus::ClientMetric metric;
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  family.metric.push_back(std::move(metric));
  return family;
}

double open_descriptors() {
  std::error_code error;
  double count = -1;  // That of the look itself.
  for (std::filesystem::directory_iterator it("/proc/self/fd", error), end; !error && it != end;
       it.increment(error))
    ++count;
  return count;
}

}  // namespace

std::vector<MetricFamily> process_figures() {
  ProcessStat stat;
  if (!read_stat(stat)) return {};
  const auto ticks_a_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page_bytes = static_cast<double>(::sysconf(_SC_PAGESIZE));
  static const std::uint64_t booted_at = boot_time();
  return {
      figure("process_start_time_seconds", "Start time of the process in Unix seconds.", MetricType::Gauge,
             static_cast<double>(booted_at) + static_cast<double>(stat.start_ticks) / ticks_a_second),
      figure("process_cpu_seconds_total", "User and system time spent by the process.", MetricType::Counter,
             static_cast<double>(stat.user_ticks + stat.system_ticks) / ticks_a_second),
      figure("process_resident_memory_bytes", "Resident memory of the process.", MetricType::Gauge,
             static_cast<double>(stat.resident_pages) * page_bytes),
      figure("process_open_fds", "Open file descriptors of the process.", MetricType::Gauge,
             open_descriptors())};
}

}  // namespace keitaro_outbox::monitoring
