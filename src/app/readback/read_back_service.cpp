#include "app/readback/read_back_service.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include "app/readback/tracker_api.hpp"
#include "ports/outbox_store.hpp"
#include "process/signals_blocked.hpp"
#include "readback/read_back.hpp"
#include "worker/system_clock.hpp"

namespace keitaro_outbox::app {
namespace {

using namespace std::chrono_literals;

/// Delivery and the application come first: who finds the lock taken tries again later.
constexpr core::Millis kBusyLimit = 20ms;
constexpr core::Millis kAfterTrouble = 1s;
constexpr core::Millis kLongestWait = 30s;

/// What is the same in both is asked in the same way.
bool same_api(const delivery::TrackerSpec& a, const delivery::TrackerSpec& b) {
  return a.read_back == b.read_back && a.allow_private == b.allow_private && same_addresses(a.rules, b.rules);
}

}  // namespace

/// One tracker's thread.
class ReadBackService::Tracker final : public readback::ReadBackObserver {
 public:
  Tracker(ReadBackService& service, delivery::TrackerSpec spec) : service_(service), spec_(std::move(spec)) {
    service_.metrics_.add(spec_.rules.name);
    const process::SignalsBlocked inherited_by_the_thread;
    thread_ = std::thread([this] { run(); });
  }
  ~Tracker() override {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  Tracker(const Tracker&) = delete;
  Tracker& operator=(const Tracker&) = delete;

  const delivery::TrackerSpec& spec() const { return spec_; }

  void on_requests(std::string_view tracker, ports::Asked asked, std::int64_t requests) override {
    service_.metrics_.requested(tracker, name_of(asked), requests);
  }

  void on_verdicts(std::string_view tracker, const readback::VerdictCounts& counts,
                   std::span<const ports::ConcludedConversion>) override {
    std::vector<log::LogField> fields{{"tracker", tracker}};
    for (const core::Verdict verdict : core::kAllVerdicts) {
      const std::int64_t count = counts[static_cast<std::size_t>(verdict)];
      if (count == 0) continue;
      service_.metrics_.verified(tracker, core::name_of(verdict), count);
      fields.push_back({core::name_of(verdict), count});
    }
    if (fields.size() == 1) return;
    const bool bad = counts[static_cast<std::size_t>(core::Verdict::absent)] +
                         counts[static_cast<std::size_t>(core::Verdict::differs)] >
                     0;
    service_.log_.write(bad ? config::LogLevel::warn : config::LogLevel::debug, "verified", fields);
  }

  void on_trouble(std::string_view tracker, ports::Asked asked, std::string_view error) override {
    service_.metrics_.reachable(tracker, false);
    service_.log_.write(config::LogLevel::warn, "read_back_trouble",
                        {{"tracker", tracker}, {"reason", words_for(asked)}, {"error", error}});
  }

  void on_recovered(std::string_view tracker) override {
    service_.metrics_.reachable(tracker, true);
    service_.log_.write(config::LogLevel::info, "read_back_recovered", {{"tracker", tracker}});
  }

 private:
  void run() {
    while (!stop_) {
      try {
        ask_until_trouble();
      } catch (const std::exception& error) {  // For lack of memory or of means.
        service_.log_.write(
            config::LogLevel::warn, "read_back_trouble",
            {{"tracker", std::string_view(spec_.rules.name)}, {"error", std::string_view(error.what())}});
      }
      wait(kLongestWait);
    }
  }

  void ask_until_trouble() {
    TrackerApi api(
        spec_, [this] { return stop_.load(); }, service_.turns_.of(spec_.rules.name));
    const worker::SystemClock clock;
    readback::ReadBack read_back({.tracker = spec_.rules.name, .policy = spec_.read_back->policy},
                                 api.records(), clock, *this);
    std::unique_ptr<ports::ReadBackStore> store;
    while (!stop_) {
      core::Millis pause = kAfterTrouble;
      if (service_.may_ask_()) {
        try {
          if (!store || store->is_of_another_database()) {
            store.reset();
            store = service_.outbox_.read_back(kBusyLimit);
          }
          pause = read_back.turn(*store).next - clock.wall();
          service_.metrics_.overdue(spec_.rules.name, read_back.overdue());
        } catch (const ports::StoreError& error) {
          // What is wrong with the database the worker tells.
          if (error.kind() != ports::StoreError::Kind::busy) store.reset();
        }
      } else {
        store.reset();
      }
      wait(std::clamp<core::Millis>(pause, 0ms, kLongestWait));
    }
  }

  void wait(core::Millis time) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, time, [this] { return stop_.load(); });
  }

  ReadBackService& service_;
  const delivery::TrackerSpec spec_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

ReadBackService::ReadBackService(ports::Outbox& outbox, ApiTurns& turns, const config::Settings& settings,
                                 log::Log& log, std::function<bool()> may_ask)
    : outbox_(outbox), turns_(turns), log_(log), may_ask_(std::move(may_ask)) {
  reconfigure(settings);
}

ReadBackService::~ReadBackService() = default;

void ReadBackService::reconfigure(const config::Settings& settings) {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::unique_ptr<Tracker>> kept;
  for (const delivery::TrackerSpec& spec : settings.trackers) {
    const auto found = trackers_.find(spec.rules.name);
    if (found == trackers_.end() || !spec.read_back || !same_api(found->second->spec(), spec)) continue;
    kept.insert(trackers_.extract(found));
  }
  trackers_ = std::move(kept);  // The others end.
  for (const delivery::TrackerSpec& spec : settings.trackers) {
    if (!spec.read_back || trackers_.contains(spec.rules.name)) continue;
    trackers_.emplace(spec.rules.name, std::make_unique<Tracker>(*this, spec));
  }
}

std::string ReadBackService::metrics() const {
  const std::lock_guard lock(mutex_);
  return trackers_.empty() ? std::string() : metrics_.text();
}

}  // namespace keitaro_outbox::app
