#include "app/readback/verify.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <thread>

#include "app/readback/tracker_api.hpp"
#include "core/text/printable.hpp"
#include "ports/outbox_store.hpp"
#include "readback/read_back.hpp"
#include "worker/system_clock.hpp"

namespace keitaro_outbox::app {
namespace {

using namespace std::chrono_literals;

constexpr core::Millis kBusyLimit = 5s;
constexpr std::size_t kWalked = 2000;
constexpr int kMostRetries = 3;
constexpr core::Millis kLongestPause = 10s;
/// A tracker's day may be ours of the time zones before and behind.
constexpr core::Millis kZones = 26h;

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

/// All conversions of a tracker, some at a time.
void walk(ports::ReadBackStore& store, const std::string& tracker,
          const std::function<void(const ports::LedgerConversion&)>& take) {
  core::LedgerKey after;
  while (true) {
    const auto some = store.walk(tracker, after, kWalked);
    for (const ports::LedgerConversion& conversion : some) take(conversion);
    if (some.size() < kWalked) return;
    after = {some.back().sent.subid, some.back().sent.tid};
  }
}

void ask_for_younger(ports::ReadBackStore& store, const std::string& tracker, core::WallTime since,
                     core::WallTime now) {
  std::vector<core::LedgerKey> keys;
  walk(store, tracker, [&](const ports::LedgerConversion& conversion) {
    const bool open =
        conversion.verdict == core::Verdict::unchecked || conversion.verdict == core::Verdict::unknowable;
    if (open && conversion.sent.taken_in_at >= since)
      keys.push_back({conversion.sent.subid, conversion.sent.tid});
  });
  for (std::span<const core::LedgerKey> left(keys); !left.empty();) {
    const auto some = left.first(std::min<std::size_t>(left.size(), core::kMostInBatch));
    store.ask(tracker, some, now);
    left = left.subspan(some.size());
  }
}

std::string words_of(ports::Asked asked, const std::string& error) {
  const std::string words(words_for(asked));
  return error.empty() ? words : words + " (" + error + ")";
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
        report.trouble = words_of(trouble->asked, trouble->error);
        break;
      }
    }
    std::this_thread::sleep_for(std::clamp<core::Millis>(turn.next - clock.wall(), 0ms, kLongestPause));
  }
}

void find_drift(ports::ReadBackStore& store, const delivery::TrackerSpec& spec, int days, core::WallTime now,
                cli::TrackerVerified& report) {
  const std::chrono::sys_days first =
      std::chrono::floor<std::chrono::days>(now) - std::chrono::days{days - 1};
  const std::string first_day = core::day_of(first);
  std::vector<core::SentConversion> sent;
  walk(store, spec.rules.name, [&](const ports::LedgerConversion& conversion) {
    const core::SentConversion& one = conversion.sent;
    const bool young = now - one.taken_in_at < spec.read_back->policy.verify_after;
    if (!young && core::day_of(one.first_taken_in_at.value_or(one.taken_in_at)) >= first_day)
      sent.push_back(one);
  });
  TrackerApi api(spec, {});
  const ports::RecordsAnswer answer =
      api.records().all_conversions({core::WallTime{first} - kZones, now + kZones});
  report.requests += answer.requests;
  if (answer.asked != ports::Asked::answered) {
    report.trouble = words_of(answer.asked, answer.error);
    return;
  }
  const auto sent_before = [&](const core::LedgerKey& key) {
    return store.find(spec.rules.name, key).has_value();
  };
  report.drift = core::drift_of(sent, answer.conversions, sent_before, first_day, core::day_of(now),
                                spec.read_back->policy);
}

}  // namespace

std::vector<cli::TrackerVerified> verify(ports::Outbox& outbox, const cli::VerifyOptions& options,
                                         const config::Settings& settings) {
  std::vector<cli::TrackerVerified> reports;
  const auto store = outbox.read_back(kBusyLimit);
  for (const delivery::TrackerSpec& spec : settings.trackers) {
    const std::string& name = spec.rules.name;
    if ((options.tracker && *options.tracker != name) || !spec.read_back) continue;
    cli::TrackerVerified& report = reports.emplace_back();
    report.tracker = name;
    if (options.days) {
      find_drift(*store, spec, *options.days, options.now, report);
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
