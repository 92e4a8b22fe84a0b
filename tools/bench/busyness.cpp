#include "bench/busyness.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>

#include "bench/readable.hpp"

namespace keitaro_outbox::bench {
namespace {

double seconds_of(int who) {
  rusage usage{};
  getrusage(who, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double clock_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Busyness::Busyness() : begun_(now()), begun_at_(clock_seconds()) {}

std::optional<Busyness::Times> Busyness::now() {
  std::ifstream file("/proc/stat");
  std::string cpu;
  double user = 0;
  double nice = 0;
  double system = 0;
  double idle = 0;
  double waiting = 0;
  double hard = 0;
  double soft = 0;
  double stolen = 0;
  if (!(file >> cpu >> user >> nice >> system >> idle >> waiting >> hard >> soft >> stolen)) return {};
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  return Times{(user + nice + system + hard + soft) / ticks, stolen / ticks,
               seconds_of(RUSAGE_SELF) + seconds_of(RUSAGE_CHILDREN)};
}

std::string Busyness::describe(double children_alive) const {
  const auto ended = now();
  const double length = clock_seconds() - begun_at_;
  if (!begun_ || !ended || length <= 0) return "";
  const double others = (ended->busy - begun_->busy) - (ended->ours - begun_->ours) - children_alive;
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  const auto two_places = [](double value) {
    return readable_number(std::max(0.0, static_cast<double>(static_cast<int>(value * 100 + 0.5)) / 100));
  };
  return "others used " + two_places(others / length) + " of " + std::to_string(cores) +
         " cores meanwhile, " + two_places((ended->stolen - begun_->stolen) / length) +
         " were not given by the host";
}

}  // namespace keitaro_outbox::bench
