// keitaro-outbox-simulation: runs seeds of the simulation; says which fail, and how each is seen again.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "schedules/owners/owners_simulation.hpp"
#include "schedules/simulation.hpp"

namespace {

using namespace keitaro_outbox::simulation;

constexpr std::string_view kUsage =
    "usage: keitaro-outbox-simulation [--seed N] [--seeds A..B] [--seeds-file FILE] [--minutes M] [--jobs J] "
    "[--trace]\n"
    "                                 [--sabotage order|ledger|journal|breaker|loading|release|acks]\n"
    "                                 [--owners [--sabotage fence|deadline|lanes|handover|look]]\n"
    "  --seed N            one seed\n"
    "  --seeds A..B        those from A to B\n"
    "  --seeds-file FILE   one seed a line; what follows it, and lines that begin with #, are for people\n"
    "  --minutes M         new seeds until the time is over\n"
    "  --jobs J            so many at a time, 1 if not said\n"
    "  --trace             tells each event\n"
    "  --owners            several workers that share the rows, as on PostgreSQL\n"
    "  --sabotage PART     takes a part out of the worker; succeeds when that is found out\n"
    "Ends with 1 when a seed fails (with --sabotage: when none does), 2 on wrong usage.\n";

struct Arguments {
  std::vector<std::uint64_t> seeds;
  double minutes = 0;
  unsigned jobs = 1;
  bool trace = false;
  bool owners = false;
  Sabotage sabotage = Sabotage::none;
  OwnersSabotage owners_sabotage = OwnersSabotage::none;
  std::string sabotage_name;
};

[[noreturn]] void refuse(const std::string& why) {
  std::fprintf(stderr, "%s\n%s", why.c_str(), kUsage.data());
  std::exit(2);
}

std::uint64_t number(const std::string& text) {
  std::size_t end = 0;
  std::uint64_t value = 0;
  try {
    value = std::stoull(text, &end);
  } catch (const std::exception&) {
    end = 0;
  }
  if (end == 0 || end != text.size()) refuse("not a number: " + text);
  return value;
}

void add_range(std::vector<std::uint64_t>& seeds, const std::string& range) {
  const auto dots = range.find("..");
  if (dots == std::string::npos) refuse("not a range such as 1..5000: " + range);
  const auto last = number(range.substr(dots + 2));
  for (auto seed = number(range.substr(0, dots)); seed <= last; ++seed) seeds.push_back(seed);
}

void add_file(std::vector<std::uint64_t>& seeds, const std::string& name) {
  std::ifstream file(name);
  if (!file) refuse("cannot read " + name);
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    seeds.push_back(number(line.substr(0, line.find(' '))));
  }
}

Arguments read_arguments(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--trace") {
      arguments.trace = true;
      continue;
    }
    if (word == "--owners") {
      arguments.owners = true;
      continue;
    }
    if (word == "--help") {
      std::printf("%s", kUsage.data());
      std::exit(0);
    }
    if (i + 1 == words.size()) refuse("unknown, or without its value: " + word);
    const std::string& value = words[++i];
    if (word == "--seed") {
      arguments.seeds.push_back(number(value));
    } else if (word == "--seeds") {
      add_range(arguments.seeds, value);
    } else if (word == "--seeds-file") {
      add_file(arguments.seeds, value);
    } else if (word == "--minutes") {
      arguments.minutes = static_cast<double>(number(value));
    } else if (word == "--jobs") {
      arguments.jobs = std::clamp(static_cast<unsigned>(number(value)), 1U, 256U);
    } else if (word == "--sabotage") {
      arguments.sabotage_name = value;
    } else {
      refuse("unknown: " + word);
    }
  }
  if (arguments.sabotage_name.empty()) return arguments;
  const auto sabotage = sabotage_named(arguments.sabotage_name);
  const auto owners_sabotage = owners_sabotage_named(arguments.sabotage_name);
  if (arguments.owners ? !owners_sabotage : !sabotage) refuse("no such part: " + arguments.sabotage_name);
  if (sabotage) arguments.sabotage = *sabotage;
  if (owners_sabotage) arguments.owners_sabotage = *owners_sabotage;
  return arguments;
}

/// Hands out seeds to the jobs, and gathers what they find.
class Run {
 public:
  explicit Run(const Arguments& arguments)
      : arguments_(arguments),
        ends_at_(Clock::now() +
                 std::chrono::milliseconds{static_cast<std::int64_t>(arguments.minutes * 60'000)}) {
    first_new_seed_ = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  }

  int run() {
    const auto begun = Clock::now();
    std::vector<std::thread> jobs;
    for (unsigned i = 1; i < arguments_.jobs; ++i) jobs.emplace_back([this] { work(); });
    work();
    for (std::thread& job : jobs) job.join();
    const double seconds = std::chrono::duration<double>(Clock::now() - begun).count();
    std::printf("%llu seeds in %.1f s, %llu failed\n", static_cast<unsigned long long>(done_.load()), seconds,
                static_cast<unsigned long long>(failed_.load()));
    if (!sabotaged()) return failed_ == 0 ? 0 : 1;
    if (failed_ == 0)
      std::printf("nothing was found wrong without the %s\n", arguments_.sabotage_name.c_str());
    return failed_ == 0 ? 1 : 0;
  }

 private:
  using Clock = std::chrono::steady_clock;

  void work() {
    while (const auto seed = next()) {
      const auto violation = play(*seed);
      ++done_;
      if (violation) report(*seed, *violation);
    }
  }

  bool sabotaged() const { return !arguments_.sabotage_name.empty(); }

  std::optional<std::string> play(std::uint64_t seed) const {
    if (arguments_.owners)
      return OwnersSimulation({seed, arguments_.owners_sabotage, arguments_.trace}).run();
    auto violation = Simulation({seed, arguments_.sabotage, arguments_.trace}).run();
    return violation && is_found_out(arguments_.sabotage, *violation) ? violation : std::nullopt;
  }

  std::optional<std::uint64_t> next() {
    if (sabotaged() && failed_ > 0) return std::nullopt;  // Found out.
    const std::uint64_t index = handed_out_++;
    if (index < arguments_.seeds.size()) return arguments_.seeds[index];
    if (arguments_.minutes > 0 && Clock::now() < ends_at_) return first_new_seed_ + index;
    return std::nullopt;
  }

  void report(std::uint64_t seed, const std::string& violation) {
    const std::lock_guard lock(mutex_);
    ++failed_;
    const std::string part = std::string(arguments_.owners ? " --owners" : "") +
                             (sabotaged() ? " --sabotage " + arguments_.sabotage_name : "");
    std::printf("seed %llu: %s\n  see it again: keitaro-outbox-simulation --seed %llu --trace%s\n",
                static_cast<unsigned long long>(seed), violation.c_str(),
                static_cast<unsigned long long>(seed), part.c_str());
    std::fflush(stdout);
  }

  const Arguments& arguments_;
  Clock::time_point ends_at_;
  std::uint64_t first_new_seed_ = 0;
  std::atomic<std::uint64_t> handed_out_{0};
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::mutex mutex_;
};

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = read_arguments({argv + 1, argv + argc});
  if (arguments.seeds.empty() && arguments.minutes == 0) refuse("name seeds, or a time");
  return Run(arguments).run();
}
