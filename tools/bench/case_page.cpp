#include <curl/curl.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/cases.hpp"
#include "bench/interrupt.hpp"
#include "bench/readable.hpp"
#include "bench/samples.hpp"

namespace keitaro_outbox::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kViewers = 10;
constexpr auto kRefresh = 2s;
constexpr auto kPatience = 30s;
const std::array<std::string, 7> kScreens{"/",        "/trackers", "/problems",      "/rows",
                                          "/rejects", "/drift",    "/click?q=nobody"};

std::size_t discard(char*, std::size_t size, std::size_t count, void*) {
  return size * count;
}

/// Somebody who looks at the page, on a connection that is kept.
class Viewer {
 public:
  explicit Viewer(int port) : base_("http://127.0.0.1:" + std::to_string(port)), easy_(curl_easy_init()) {
    if (!easy_) throw std::bad_alloc();
    curl_easy_setopt(easy_.get(), CURLOPT_WRITEFUNCTION, &discard);
    curl_easy_setopt(easy_.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_.get(), CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy_.get(), CURLOPT_TIMEOUT, 30L);
  }

  /// Milliseconds to the first byte of a screen; below 0 where it was not answered with 200.
  double look(const std::string& screen) {
    curl_easy_setopt(easy_.get(), CURLOPT_URL, (base_ + screen).c_str());
    if (curl_easy_perform(easy_.get()) != CURLE_OK) return -1;
    long status = 0;
    curl_off_t first_byte = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy_.get(), CURLINFO_STARTTRANSFER_TIME_T, &first_byte);
    return status == 200 ? static_cast<double>(first_byte) / 1000 : -1;
  }

  /// Waits until the page is served.
  void await() {
    const auto until = Clock::now() + kPatience;
    while (look("/style.css") < 0) {
      if (Clock::now() > until) throw std::runtime_error("the page is not served");
      pause_for(2ms);
    }
  }

 private:
  struct Cleanup {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  const std::string base_;
  std::unique_ptr<CURL, Cleanup> easy_;
};

/// Ten who look at the screens in turn, each two seconds, for as long as it lives.
class Viewers {
 public:
  explicit Viewers(int port) {
    for (std::size_t n = 0; n < kViewers; ++n) threads_.emplace_back([this, port, n] { watch(port, n); });
  }
  ~Viewers() {
    ended_ = true;
    for (std::thread& thread : threads_) thread.join();
  }
  Viewers(const Viewers&) = delete;
  Viewers& operator=(const Viewers&) = delete;

  int seen() const { return seen_; }

 private:
  void watch(int port, std::size_t number) {
    Viewer viewer(port);
    Clock::time_point next =
        Clock::now() + std::chrono::milliseconds(kRefresh) * static_cast<int>(number) / kViewers;
    for (std::size_t turn = number; !ended_; ++turn) {
      while (!ended_ && Clock::now() < next) std::this_thread::sleep_for(5ms);
      const bool seen = viewer.look(kScreens[turn % kScreens.size()]) >= 0;
      if (seen) ++seen_;
      // The worker may not have started yet.
      next = seen ? next + kRefresh : Clock::now() + 20ms;
    }
  }

  std::atomic<bool> ended_{false};
  std::atomic<int> seen_{0};
  std::vector<std::thread> threads_;
};

void first_bytes(Bench& bench, CaseReport& report, const std::string& db) {
  bench.progress().show("forgetting the file");
  settle_on_disk(db, true);
  const int port = free_port();
  const std::string log = bench.path("page.log");
  Child page({{bench.settings().worker, "page", "--db", db, "--listen", "127.0.0.1:" + std::to_string(port)},
              {},
              log});
  Viewer viewer(port);
  viewer.await();
  bench.progress().show("the screens");
  // The very first ones find nothing in memory.
  double cold = 0;
  for (const std::string& screen : kScreens) cold = std::max(cold, viewer.look(screen));
  Samples warm;
  for (int round = 0; round < (bench.settings().short_run ? 2 : 20); ++round) {
    for (const std::string& screen : kScreens) {
      const double millis = viewer.look(screen);
      if (millis < 0)
        throw std::runtime_error("the screen " + screen + " was not served: " + end_of_file(log));
      warm.add(millis);
    }
    pause_for(bench.settings().short_run ? 10ms : 500ms);
  }
  report.add("first byte of a screen, cold, the slowest", "ms", cold);
  report.add("first byte of a screen, median", "ms", warm.median());
  report.add("first byte of a screen, the slowest", "ms", warm.max());
  report.add("peak memory of the page", "MiB", page.peak_mib());
  page.signal(SIGTERM);
  page.wait(kPatience);
}

}  // namespace

void run_page(Bench& bench, CaseReport& report) {
  const Settings& settings = bench.settings();
  bench.prepare_history(settings.history);
  in_rounds(bench, [&] {
    Run alone;
    Run watched;
    int seen = 0;
    const auto drain = [&](bool with_viewers) {
      const std::string db = bench.history_outbox(settings.history, settings.rows);
      bench.progress().show("reading the file");
      settle_on_disk(db, false);
      load_into_memory(db);
      const int port = free_port();
      const WorkerCall call{db, bench.url(), {"--listen", "127.0.0.1:" + std::to_string(port)}, false};
      if (!with_viewers) {
        alone = bench.drain(call, settings.rows);
        return;
      }
      const Viewers viewers(port);
      watched = bench.drain(call, settings.rows);
      seen = viewers.seen();
    };
    in_turn(bench, {[&] { drain(false); }, [&] { drain(true); }});
    report.add("worker, nobody looks", "rows/s", alone.rate());
    report.add("worker, ten viewers", "rows/s", watched.rate());
    report.add("of the rate that nobody looks at", "times", watched.rate() / alone.rate());
    report.add("screens shown meanwhile", "screens", seen);
    report.add("memory more with ten viewers", "MiB", watched.peak_mib - alone.peak_mib);
    first_bytes(bench, report, bench.history_outbox(settings.history, 0));
  });
  report.note(readable_count(settings.history) + " delivered rows and as many ledger entries; " +
              std::to_string(kViewers) + " viewers refresh each 2 s");
}

}  // namespace keitaro_outbox::bench
