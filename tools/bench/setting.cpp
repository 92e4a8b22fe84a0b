#include "bench/setting.hpp"

#include <curl/curl.h>
#include <sqlite3.h>
#include <sys/utsname.h>

#include <fstream>
#include <thread>

#include "bench/goals.hpp"
#include "bench/readable.hpp"

namespace keitaro_outbox::bench {
namespace {

std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown processor";
}

std::string load() {
  std::ifstream file("/proc/loadavg");
  std::string minute;
  file >> minute;
  return minute;
}

std::string kernel() {
  utsname name{};
  uname(&name);
  return std::string(name.sysname) + " " + name.release;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> describe_setting(const Bench& bench) {
  const Settings& settings = bench.settings();
  std::vector<std::pair<std::string, std::string>> setting = {
      {"machine", std::to_string(std::thread::hardware_concurrency()) + " x " + processor() + ", " +
                      kernel() + ", load at the start " + load()},
      {"disk", file_system_of(settings.dir)},
      {"with", std::string("SQLite ") + sqlite3_libversion() + ", libcurl " +
                   curl_version_info(CURLVERSION_NOW)->version},
      {"receiver", bench.receiver_name()},
      {"sizes", readable_count(settings.rows) + " rows, backlog " + readable_count(settings.backlog) +
                    ", history " + readable_count(settings.history)},
  };
  const bool smaller =
      settings.rows < kGoalRows || settings.backlog < kGoalBacklog || settings.history < kGoalHistory;
  if (smaller) {
    setting.emplace_back("note", settings.short_run ? "sizes so small that no goal is judged"
                                                    : "sizes are smaller than those that the goals are for");
  }
  return setting;
}

}  // namespace keitaro_outbox::bench
