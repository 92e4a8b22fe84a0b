#include "app/readback/verify.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>
#include <utility>

#include "app/readback/busy_limit.hpp"
#include "app/readback/compare_days.hpp"
#include "app/readback/tracker_api.hpp"
#include "core/text/printable.hpp"
#include "ports/outbox_store.hpp"
#include "readback/read_back.hpp"
#include "worker/system_clock.hpp"

namespace keitaro_outbox::app {
namespace {

using namespace std::chrono_literals;

constexpr int kMostRetries = 3;
constexpr core::Millis kLongestPause = 10s;

/// Keeps what the loop tells.
class Collector final : public readback::ReadBackObserver {
 public:
  explicit Collector(cli::TrackerVerified& report) : report_(report) {}

  void on_requests(std::string_view, ports::Asked, std::int64_t requests) override {
    report_.requests += requests;
  }
  void on_verdicts(std::string_view, const readback::VerdictCounts&,
                   std::span<const ports::ConcludedConversion> all) override {
    for (const auto& [sent, conclusion] : all) {
      ++report_.found[static_cast<std::size_t>(conclusion.verdict)];
      const bool settled = conclusion.verdict != core::Verdict::unchecked;
      if (settled && conclusion.verdict != core::Verdict::recorded)
        report_.doubtful.push_back({sent.subid, sent.tid, conclusion.verdict, conclusion.note});
    }
  }

 private:
  cli::TrackerVerified& report_;
};

void ask_for_younger(ports::ReadBackStore& store, const std::string& tracker, core::WallTime since,
                     core::WallTime now) {
  std::vector<core::LedgerKey> keys;
  const auto take = [&](const ports::LedgerConversion& conversion) {
    const bool open =
        conversion.verdict == core::Verdict::unchecked || conversion.verdict == core::Verdict::unknowable;
    if (open && conversion.sent.taken_in_at >= since)
      keys.push_back({conversion.sent.subid, conversion.sent.tid});
  };
  walk_ledger(store, tracker, take, {});
  for (std::span<const core::LedgerKey> left(keys); !left.empty();) {
    const auto some = left.first(std::min<std::size_t>(left.size(), core::kMostInBatch));
    store.ask(tracker, some, now);
    left = left.subspan(some.size());
  }
}

/// That it is of no use to try again soon.
bool lasts(ports::Asked asked) {
  return asked == ports::Asked::no_api || asked == ports::Asked::wrong_path ||
         asked == ports::Asked::key_refused;
}

void ask_for_due(ports::ReadBackStore& store, const delivery::TrackerSpec& spec,
                 cli::TrackerVerified& report) {
  TrackerApi api(spec, {});
  const worker::SystemClock clock;
  Collector collector(report);
  readback::ReadBack read_back(
      {.tracker = spec.rules.name, .policy = spec.read_back->policy, .hold_batches = false}, api.records(),
      clock, collector);
  for (int retries = 0;;) {
    const readback::ReadBack::Turn turn = read_back.turn(store);
    if (turn.nothing_due) break;
    if (const auto& trouble = read_back.trouble()) {
      if (lasts(trouble->asked) || ++retries > kMostRetries) {
        report.trouble = trouble_words(trouble->asked, trouble->error);
        break;
      }
    }
    std::this_thread::sleep_for(std::clamp<core::Millis>(turn.next - clock.wall(), 0ms, kLongestPause));
  }
}

}  // namespace

std::vector<cli::TrackerVerified> verify(ports::Outbox& outbox, const cli::VerifyOptions& options,
                                         const config::Settings& settings) {
  std::vector<cli::TrackerVerified> reports;
  const auto store = outbox.read_back(kBusyLimitForPeople);
  for (const delivery::TrackerSpec& spec : settings.trackers) {
    const std::string& name = spec.rules.name;
    if ((options.tracker && *options.tracker != name) || !spec.read_back) continue;
    cli::TrackerVerified& report = reports.emplace_back();
    report.tracker = name;
    if (options.days) {
      TrackerApi api(spec, {});
      report::TrackerDrift compared =
          compare_days(*store, spec, api, *options.days, options.now, {}, report.requests);
      report.drift = std::move(compared.drift);
      report.trouble = std::move(compared.trouble);
    } else {
      if (options.newer_than) ask_for_younger(*store, name, options.now - *options.newer_than, options.now);
      ask_for_due(*store, spec, report);
    }
    report.in_doubt = store->in_doubt(name);
  }
  if (reports.empty()) {
    const std::string which =
        options.tracker ? "the tracker " + core::printable(*options.tracker) + " has no" : "no tracker has";
    throw config::ConfigError(which + " admin_url and admin_key: add them to its [[tracker]]");
  }
  return reports;
}

}  // namespace keitaro_outbox::app
