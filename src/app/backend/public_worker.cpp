#include <algorithm>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "app/backend/engine_parts.hpp"
#include "core/rules/status.hpp"
#include "core/rules/transition.hpp"
#include "core/url/pasted_url.hpp"
#include "keitaro_outbox/worker.hpp"
#include "ports/outbox_store.hpp"
#include "process/signals_blocked.hpp"
#include "worker/engine.hpp"

namespace keitaro_outbox {

namespace {

delivery::TrackerSpec spec_of(const Tracker& tracker) {
  const std::string where = "tracker '" + tracker.name + "': ";
  const auto require = [&](bool holds, const std::string& what) {
    if (!holds) throw Error(where + what);
  };
  delivery::TrackerSpec spec;
  require(!tracker.name.empty(), "it needs a name");
  spec.rules.name = tracker.name;

  if (!tracker.url.empty() || tracker.templates.empty()) {
    auto parsed = core::PostbackUrl::parse(tracker.url);
    require(parsed.url.has_value(), parsed.error);
    const std::string mistake = core::mistake_in_tracker_url(tracker.url);
    require(mistake.empty(), mistake);
    spec.rules.url = std::move(*parsed.url);
  }

  for (const auto& [name, keitaro_name] : tracker.statuses) {
    const auto status = core::status_named(core::normalized_status(keitaro_name));
    require(status.has_value(),
            "'" + keitaro_name + "' is no Keitaro status: use lead, sale, rejected or rebill");
    require(spec.rules.statuses.set(name, *status),
            "the status name '" + name + "' cannot be given another meaning");
  }
  for (const std::string& text : tracker.allow_transitions) {
    const auto move = core::parse_move(text);
    require(move.has_value(), "'" + text + "' is no transition: write it as rejected->sale");
    spec.rules.transitions.allow(*move);
  }
  spec.rules.style = tracker.raw_style ? core::Style::raw : core::Style::mapped;
  spec.rules.sentinel = tracker.sentinel;
  spec.rules.template_sentinel = tracker.template_sentinel;
  spec.rules.click_dashes =
      tracker.click_dashes_to_dots ? core::ClickDashes::to_dots : core::ClickDashes::keep;
  const auto add_templates = [&](const std::string& campaign, const auto& templates) {
    for (const auto& [status, url] : templates) {
      const std::string error = spec.rules.templates.add(campaign, status, url, spec.rules.statuses);
      const std::string of = campaign.empty() ? std::string() : "campaign '" + campaign + "', ";
      require(error.empty(), of + "template '" + status + "': " + error);
    }
  };
  add_templates({}, tracker.templates);
  for (const auto& [campaign, templates] : tracker.campaign_templates) {
    require(!campaign.empty(), "a campaign's code is empty");
    add_templates(campaign, templates);
  }

  require(tracker.request_timeout.count() > 0, "request_timeout must be above zero");
  require(tracker.retry_first_delay.count() > 0, "retry_first_delay must be above zero");
  require(tracker.retry_max_delay >= tracker.retry_first_delay,
          "retry_max_delay must not be below retry_first_delay");
  require(tracker.max_attempts >= 1, "max_attempts must be at least 1");
  require(tracker.concurrency >= 1, "concurrency must be at least 1");
  require(tracker.rate >= 0, "rate must not be negative");
  spec.request_timeout = tracker.request_timeout;
  spec.retry.first_delay = tracker.retry_first_delay;
  spec.retry.max_delay = tracker.retry_max_delay;
  spec.retry.max_attempts = tracker.max_attempts;
  spec.concurrency = tracker.concurrency;
  spec.rate = tracker.rate;
  spec.allow_private = tracker.allow_private;
  return spec;
}

std::optional<core::Millis> age_of(std::chrono::milliseconds age, const char* name) {
  if (age.count() < 0) throw Error(std::string(name) + " must not be negative");
  if (age.count() == 0) return std::nullopt;
  return age;
}

worker::EngineOptions engine_options_of(const WorkerOptions& options) {
  if (options.database.empty()) throw Error("the worker needs the path of the database");
  if (options.trackers.empty()) throw Error("the worker needs at least one tracker");
  if (options.senders < 1) throw Error("senders must be at least 1");
  worker::EngineOptions result;
  result.parts = app::engine_parts(options.database);
  result.senders = options.senders;
  result.grace = options.grace;
  result.keep = {.finished = age_of(options.keep_finished, "keep_finished"),
                 .attempts = age_of(options.keep_attempts, "keep_attempts"),
                 .conversions = age_of(options.keep_conversions, "keep_conversions"),
                 .rejects = std::nullopt};
  result.resume_restored = options.resume_restored;
  for (const Tracker& tracker : options.trackers) {
    const bool known = std::any_of(result.trackers.begin(), result.trackers.end(),
                                   [&](const auto& other) { return other.rules.name == tracker.name; });
    if (known) throw Error("two trackers have the name '" + tracker.name + "'");
    result.trackers.push_back(spec_of(tracker));
  }
  return result;
}

/// Turns what an operator should know into lines.
class TroubleObserver final : public ports::Observer {
 public:
  explicit TroubleObserver(std::function<void(const std::string&)> tell) : tell_(std::move(tell)) {}

  void on_dead(const ports::RowEvent& event) override { of_row("dead", event); }
  void on_refused(const ports::RowEvent& event) override { of_row("refused", event); }
  void on_breaker(std::string_view tracker, core::CircuitBreaker::Phase phase,
                  std::string_view why) override {
    if (phase == core::CircuitBreaker::Phase::open) {
      line("tracker '" + std::string(tracker) + "' fails for all and is paused: " + std::string(why));
    } else if (phase == core::CircuitBreaker::Phase::closed) {
      line("tracker '" + std::string(tracker) + "' takes postbacks again");
    }
  }
  void on_unknown_tracker(std::string_view tracker) override {
    line("rows name the tracker '" + std::string(tracker) + "', which is not configured; they wait");
  }
  void on_paused(std::string_view tracker) override {
    line("tracker '" + std::string(tracker) + "' is paused by an operator");
  }
  void on_store_trouble(std::string_view what, core::Millis) override {
    if (what == store_trouble_) return;  // Once is enough.
    store_trouble_ = what;
    line("database: " + store_trouble_);
  }
  void on_store_recovered() override { store_trouble_.clear(); }
  void on_own_trouble(std::string_view what, core::Millis) override {
    line("nothing can be sent: " + std::string(what));
  }
  void on_store_replaced(std::string_view what) override {
    store_trouble_.clear();
    line("database: " + std::string(what));
  }
  void on_prune_failed(std::string_view what) override { line("database: " + std::string(what)); }

 private:
  void of_row(const char* state, const ports::RowEvent& event) {
    line("row " + std::to_string(event.id.value) + " is " + state + ": " + std::string(event.reason));
  }
  void line(const std::string& text) {
    if (tell_) tell_(text);
  }
  std::function<void(const std::string&)> tell_;
  std::string store_trouble_;
};

}  // namespace

struct Worker::Running {
  explicit Running(WorkerOptions given) : options(std::move(given)), observer(options.on_trouble) {
    engine_options = engine_options_of(options);
    engine_options.observer = &observer;
  }

  WorkerOptions options;
  TroubleObserver observer;
  worker::EngineOptions engine_options;

  mutable std::mutex mutex;  ///< Guards what stands below.
  std::shared_ptr<worker::Engine> engine;
  std::thread thread;
  std::exception_ptr failure;
};

Worker::Worker(WorkerOptions options) : running_(std::make_unique<Running>(std::move(options))) {}

Worker::~Worker() {
  try {
    stop();
  } catch (const Error&) {
    // Nobody is left to tell.
  }
}

void Worker::start() {
  Running& running = *running_;
  const std::lock_guard guard(running.mutex);
  if (running.thread.joinable()) return;
  try {
    auto engine = std::make_shared<worker::Engine>(running.engine_options);
    engine->open();
    running.failure = nullptr;
    const process::SignalsBlocked inherited_by_the_thread;
    running.thread = std::thread([&running, engine] {
      try {
        engine->run();
      } catch (const std::exception&) {
        const std::lock_guard inner(running.mutex);
        running.failure = std::current_exception();
      }
    });
    running.engine = std::move(engine);
  } catch (const std::exception& error) {
    throw Error(error.what());
  }
}

void Worker::stop() {
  Running& running = *running_;
  std::thread thread;
  {
    const std::lock_guard guard(running.mutex);
    if (!running.thread.joinable()) return;
    running.engine->stop();
    // From a callback: it cannot wait for itself. The next call, or the destructor, does.
    if (running.thread.get_id() == std::this_thread::get_id()) return;
    thread = std::move(running.thread);
  }
  thread.join();
  const std::lock_guard guard(running.mutex);
  if (!running.failure) return;
  try {
    std::rethrow_exception(running.failure);
  } catch (const std::exception& error) {
    throw Error(error.what());
  }
}

WorkerCounts Worker::counts() const {
  const Running& running = *running_;
  const std::lock_guard guard(running.mutex);
  WorkerCounts result;
  if (!running.engine) return result;
  const worker::Counts counts = running.engine->counts();
  const worker::RunPhase phase = running.engine->phase();
  result.delivered = counts.delivered;
  result.duplicate = counts.duplicate;
  result.refused = counts.refused;
  result.dead = counts.dead;
  result.retried = counts.retried;
  result.in_flight = counts.in_flight;
  result.standing_by = phase == worker::RunPhase::standing_by;
  result.running = phase != worker::RunPhase::ended;
  return result;
}

}  // namespace keitaro_outbox
