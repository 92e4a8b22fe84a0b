#include "monitoring/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <map>
#include <utility>

#include "monitoring/gauges.hpp"

namespace keitaro_outbox::monitoring {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Histogram;

const std::vector<double> kAgeBounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,   1,      2.5,
                                     5,     10,   30,    60,   300, 1800, 3'600, 21'600, 86'400};
const std::vector<double> kRequestBounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                         0.25,  0.5,    1,     2.5,  5,     10,   30};
const std::vector<double> kDatabaseBounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                          0.025,  0.05,    0.1,    0.25,  0.5,    1,     5};

double seconds_of(core::Millis time) {
  return std::chrono::duration<double>(time).count();
}

/// What came back, in as many kinds as people tell apart.
enum AnswerKind : std::size_t { k2xx, k3xx, k4xx, k429, k5xx, kOtherAnswer, kNone, kAnswerKinds };
constexpr std::array<const char*, kAnswerKinds> kAnswerNames{"2xx", "3xx",   "4xx", "429",
                                                             "5xx", "other", "none"};

AnswerKind kind_of(const std::optional<int>& http_status) {
  if (!http_status) return kNone;
  if (*http_status == 429) return k429;
  switch (*http_status / 100) {
    case 2:
      return k2xx;
    case 3:
      return k3xx;
    case 4:
      return k4xx;
    case 5:
      return k5xx;
    default:
      return kOtherAnswer;
  }
}

}  // namespace

struct Metrics::Parts {
  template <typename T>
  Family<T>& family(const char* name, const char* help) {
    if constexpr (std::is_same_v<T, Counter>) {
      return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
    } else {
      return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
    }
  }

  prometheus::Registry registry;
  Family<Counter>& finished = family<Counter>("keitaro_outbox_rows_finished_total",
                                              "Rows that left pending, by the state they ended in.");
  Family<Counter>& attempts = family<Counter>("keitaro_outbox_attempts_total",
                                              "Requests made, by the answer: its HTTP class, or none.");
  Family<Counter>& retries = family<Counter>("keitaro_outbox_retries_total",
                                             "Attempts that failed and after which the row is tried again.");
  Family<Counter>& refusals = family<Counter>(
      "keitaro_outbox_refusals_total", "Rows refused, by the move of status that is not allowed, or other.");
  Family<Counter>& overtaken =
      family<Counter>("keitaro_outbox_overtaken_total",
                      "Rows that somebody cancelled or finished while they were being sent.");
  Family<Counter>& unmarked = family<Counter>("keitaro_outbox_delivered_without_sentinel_total",
                                              "Rows taken in with an answer that lacked the text asked for.");
  Family<Counter>& openings = family<Counter>("keitaro_outbox_breaker_openings_total",
                                              "How often sending stopped as a tracker failed for all.");
  Family<Histogram>& ages = family<Histogram>(
      "keitaro_outbox_commit_to_accepted_seconds",
      "From a row's INSERT, or the time it was scheduled for, until the tracker had taken it in.");
  Family<Histogram>& latencies =
      family<Histogram>("keitaro_outbox_request_duration_seconds",
                        "From the sending of a request to its answer, or to giving up.");
  Counter& store_troubles =
      family<Counter>("keitaro_outbox_store_troubles_total", "How often the database could not be used.")
          .Add({});
  Histogram& lock_wait = family<Histogram>("keitaro_outbox_sqlite_lock_wait_seconds",
                                           "How long the worker waited for the database's write lock.")
                             .Add({}, kDatabaseBounds);
  Histogram& commit =
      family<Histogram>("keitaro_outbox_sqlite_commit_seconds", "How long the worker's commits took.")
          .Add({}, kDatabaseBounds);
  Histogram& checkpoint = family<Histogram>("keitaro_outbox_sqlite_checkpoint_seconds",
                                            "How long checkpoints of the write-ahead log took.")
                              .Add({}, kDatabaseBounds);

  struct OfTracker {
    std::string name;
    Counter& delivered;
    Counter& duplicate;
    Counter& refused;
    Counter& dead;
    Counter& cancelled;
    std::array<Counter*, kAnswerKinds> answers;
    Counter& retries;
    Counter& overtaken;
    Counter& unmarked;
    Counter& openings;
    Histogram& age;
    Histogram& latency;
    core::CircuitBreaker::Phase phase = core::CircuitBreaker::Phase::closed;
  };

  /// Events are of trackers that the configuration has, or had: their number is bounded by it.
  OfTracker& of(std::string_view tracker) {
    const auto found = trackers.find(tracker);
    return found != trackers.end() ? found->second : add(std::string(tracker));
  }

  OfTracker& add(const std::string& name) {
    const auto state = [&](const char* text) -> Counter& {
      return finished.Add({{"tracker", name}, {"state", text}});
    };
    std::array<Counter*, kAnswerKinds> answers{};
    for (std::size_t i = 0; i < answers.size(); ++i)
      answers[i] = &attempts.Add({{"tracker", name}, {"answer", kAnswerNames[i]}});
    refusals.Add({{"tracker", name}, {"move", "other"}});
    return trackers
        .emplace(name, OfTracker{.name = name,
                                 .delivered = state("delivered"),
                                 .duplicate = state("duplicate"),
                                 .refused = state("refused"),
                                 .dead = state("dead"),
                                 .cancelled = state("cancelled"),
                                 .answers = answers,
                                 .retries = retries.Add({{"tracker", name}}),
                                 .overtaken = overtaken.Add({{"tracker", name}}),
                                 .unmarked = unmarked.Add({{"tracker", name}}),
                                 .openings = openings.Add({{"tracker", name}}),
                                 .age = ages.Add({{"tracker", name}}, kAgeBounds),
                                 .latency = latencies.Add({{"tracker", name}}, kRequestBounds)})
        .first->second;
  }

  static void attempted(OfTracker& tracker, const ports::RowEvent& event) {
    if (!event.requested) return;
    tracker.answers[kind_of(event.http_status)]->Increment();
    tracker.latency.Observe(seconds_of(event.latency));
  }

  std::map<std::string, OfTracker, std::less<>> trackers;  ///< The delivering thread's alone, once it runs.
};

Metrics::Metrics(const std::vector<std::string>& trackers, ports::Observer* next)
    : ForwardingObserver(next), parts_(std::make_unique<Parts>()) {
  for (const std::string& name : trackers) parts_->add(name);
}

Metrics::~Metrics() = default;

void Metrics::on_delivered(const ports::RowEvent& event) {
  auto& tracker = parts_->of(event.tracker);
  tracker.delivered.Increment();
  if (!event.reason.empty()) tracker.unmarked.Increment();
  tracker.age.Observe(seconds_of(event.age));
  parts_->attempted(tracker, event);
  ForwardingObserver::on_delivered(event);
}

void Metrics::on_retry(const ports::RowEvent& event, core::WallTime at) {
  auto& tracker = parts_->of(event.tracker);
  tracker.retries.Increment();
  parts_->attempted(tracker, event);
  ForwardingObserver::on_retry(event, at);
}

void Metrics::on_dead(const ports::RowEvent& event) {
  auto& tracker = parts_->of(event.tracker);
  tracker.dead.Increment();
  parts_->attempted(tracker, event);
  ForwardingObserver::on_dead(event);
}

void Metrics::on_refused(const ports::RowEvent& event) {
  parts_->of(event.tracker).refused.Increment();
  std::string move = "other";
  if (event.moved_from && event.sent_as)
    move = std::string(core::name_of(*event.moved_from)) + "->" + std::string(core::name_of(*event.sent_as));
  parts_->refusals.Add({{"tracker", std::string(event.tracker)}, {"move", move}}).Increment();
  ForwardingObserver::on_refused(event);
}

void Metrics::on_duplicate(const ports::RowEvent& event) {
  parts_->of(event.tracker).duplicate.Increment();
  ForwardingObserver::on_duplicate(event);
}

void Metrics::on_cancelled(const ports::RowEvent& event) {
  parts_->of(event.tracker).cancelled.Increment();
  ForwardingObserver::on_cancelled(event);
}

void Metrics::on_overtaken(const ports::RowEvent& event) {
  auto& tracker = parts_->of(event.tracker);
  tracker.overtaken.Increment();
  parts_->attempted(tracker, event);
  ForwardingObserver::on_overtaken(event);
}

void Metrics::on_breaker(std::string_view tracker, core::CircuitBreaker::Phase phase, std::string_view why) {
  auto& of_tracker = parts_->of(tracker);
  const auto before = std::exchange(of_tracker.phase, phase);
  // A probe that fails begins no outage: the one that is goes on.
  if (phase == core::CircuitBreaker::Phase::open && before != core::CircuitBreaker::Phase::probing)
    of_tracker.openings.Increment();
  ForwardingObserver::on_breaker(tracker, phase, why);
}

void Metrics::on_store_trouble(std::string_view what, core::Millis next_try_in) {
  parts_->store_troubles.Increment();
  ForwardingObserver::on_store_trouble(what, next_try_in);
}

void Metrics::on_timing(ports::Timed what, std::chrono::nanoseconds took) {
  const double seconds = std::chrono::duration<double>(took).count();
  switch (what) {
    case ports::Timed::lock_wait:
      return parts_->lock_wait.Observe(seconds);
    case ports::Timed::commit:
      return parts_->commit.Observe(seconds);
    case ports::Timed::checkpoint:
      return parts_->checkpoint.Observe(seconds);
  }
}

std::string Metrics::text(const Reading& reading) const {
  std::vector<prometheus::MetricFamily> families = parts_->registry.Collect();
  if (reading.share) {
    std::erase_if(families, [](const prometheus::MetricFamily& family) {
      return family.name.starts_with("keitaro_outbox_sqlite_");
    });
  }
  for (prometheus::MetricFamily& family : gauges_of(reading)) families.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace keitaro_outbox::monitoring
