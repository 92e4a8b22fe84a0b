// The first, the second, the third … call fails, once or from then on, until a whole run makes no more calls:
// SQLite's of the file system, everybody's for memory, libcurl's of the network.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "faults/delivery_under_faults.hpp"
#include "faults/fault_effort.hpp"

namespace keitaro_outbox::faults {
namespace {

using ::testing::IsEmpty;

constexpr std::size_t kComplaintsShown = 8;

struct Case {
  const char* name;
  Place place;
  bool for_good;
  int step;  ///< Every how many-th call is tried.
};

std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << c.name;
}

class NthCall : public ::testing::TestWithParam<Case> {};

TEST_P(NthCall, FailsAndNothingIsLostRepeatedOrOutOfOrder) {
  const Case& param = GetParam();
  DeliveryUnderFaults delivery;
  const int step = step_of(param.step);
  std::vector<std::string> complaints;
  std::map<std::string, int> told;
  int trials = 0;
  int second_runs = 0;
  long n = 1;
  for (; complaints.size() < kComplaintsShown; n += step) {
    const Trial trial = delivery.run(param.place, n, param.for_good);
    complaints.insert(complaints.end(), trial.complaints.begin(), trial.complaints.end());
    for (const std::string& line : trial.told) ++told[line];
    ++trials;
    second_runs += trial.second_run_needed ? 1 : 0;
    if (!trial.fault_came) break;
  }
  EXPECT_THAT(complaints, IsEmpty());
  std::cout << trials << " of " << n << " calls failed, after " << second_runs
            << " of which another start was needed\n";
  for (const auto& [line, count] : told) std::cout << "  " << count << " x " << line << '\n';
}

INSTANTIATE_TEST_SUITE_P(Of, NthCall,
                         ::testing::Values(Case{"SqliteFilesOnce", Place::sqlite_io, false, 1},
                                           Case{"SqliteFilesForGood", Place::sqlite_io, true, 2},
                                           Case{"SqliteMemoryOnce", Place::sqlite_memory, false, 16},
                                           Case{"SqliteMemoryForGood", Place::sqlite_memory, true, 48},
                                           Case{"CppMemoryOnce", Place::cpp_memory, false, 2},
                                           Case{"CppMemoryForGood", Place::cpp_memory, true, 5},
                                           Case{"CurlMemoryOnce", Place::curl_memory, false, 1},
                                           Case{"CurlMemoryForGood", Place::curl_memory, true, 5},
                                           Case{"SocketsOnce", Place::sockets, false, 1},
                                           Case{"SocketsForGood", Place::sockets, true, 2}),
                         [](const auto& instance) { return std::string(instance.param.name); });

}  // namespace
}  // namespace keitaro_outbox::faults
