#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/cases.hpp"
#include "bench/nginx.hpp"

namespace keitaro_outbox::bench {
namespace {

constexpr std::chrono::milliseconds kLatency{200};
constexpr int kInFlight = 1000;

Run drain_from_afar(Bench& bench, const std::string& url, const std::string& trusted = {}) {
  const std::uint64_t rows = bench.settings().rows;
  const std::string db = bench.make_outbox("outbox.db", rows);
  const Run run = bench.drain({db, url, {"--concurrency", std::to_string(kInFlight)}, false, trusted}, rows);
  remove_database(db);
  return run;
}

Run drain_by_tls(Bench& bench, const std::string& nginx, const std::string& backend) {
  const std::filesystem::path folder = bench.path("nginx-tls");
  std::filesystem::create_directories(folder);
  const auto tls = Nginx::with_tls(nginx, folder, backend);
  return drain_from_afar(bench, tls->url(), Nginx::certificate(folder).string());
}

}  // namespace

void run_distance(Bench& bench, CaseReport& report) {
  const double limit = kInFlight / std::chrono::duration<double>(kLatency).count();
  const auto nginx = find_nginx();
  in_rounds(bench, [&] {
    Receiver receiver({.latency = kLatency});
    Run plain;
    Run tls;
    in_turn(bench, {[&] { plain = drain_from_afar(bench, receiver.url()); },
                    [&] {
                      if (nginx) tls = drain_by_tls(bench, *nginx, receiver.url());
                    }});
    report.add("worker", "rows/s", plain.rate());
    report.add("of what latency allows", "times", plain.rate() / limit);
    report.add("worker, CPU", "CPU s/1,000", plain.cpu_per_thousand());
    if (!nginx) return;
    report.add("worker, TLS", "rows/s", tls.rate());
    report.add("of what latency allows, TLS", "times", tls.rate() / limit);
    report.add("worker, TLS, CPU", "CPU s/1,000", tls.cpu_per_thousand());
  });
}

}  // namespace keitaro_outbox::bench
