#include "monitoring/gauges.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "keitaro_outbox/version.hpp"
#include "ports/clock.hpp"

namespace keitaro_outbox::monitoring {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;

using Labels = std::vector<ClientMetric::Label>;

MetricFamily gauge(std::string name, std::string help) {
  return {std::move(name), std::move(help), prometheus::MetricType::Gauge, {}};
}

void add(MetricFamily& family, Labels labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  metric.gauge.value = value;
  family.metric.push_back(std::move(metric));
}

double seconds(core::Millis time) {
  return std::chrono::duration<double>(time).count();
}

double unix_seconds(core::WallTime time) {
  return seconds(time.time_since_epoch());
}

/// By label: each tracker of the configuration, and one for all others.
std::map<std::string, ports::Waiting> waiting_by_label(const Reading& reading) {
  std::map<std::string, ports::Waiting> out;
  for (const delivery::TrackerSnapshot& tracker : reading.trackers) out[tracker.name];
  for (const auto& [tracker, of] : reading.backlog.waiting) {
    const bool known = std::ranges::find(reading.trackers, tracker, &delivery::TrackerSnapshot::name) !=
                       reading.trackers.end();
    ports::Waiting& waiting = out[known ? tracker : "unknown"];
    waiting.due += of.due;
    waiting.later += of.later;
    waiting.behind += of.behind;
    if (of.oldest_due_at && (!waiting.oldest_due_at || *of.oldest_due_at < *waiting.oldest_due_at))
      waiting.oldest_due_at = of.oldest_due_at;
  }
  return out;
}

void add_backlog(const Reading& reading, std::vector<MetricFamily>& out) {
  MetricFamily rows =
      gauge("keitaro_outbox_pending_rows",
            "Pending rows: ready to be sent, later by their time, or behind an earlier row of the click.");
  MetricFamily oldest = gauge("keitaro_outbox_oldest_due_age_seconds",
                              "For how long the oldest row that is due could have been sent.");
  for (const auto& [label, waiting] : waiting_by_label(reading)) {
    const auto row_count = [&, name = label](const char* kind, std::int64_t count) {
      add(rows, {{"tracker", name}, {"kind", kind}}, static_cast<double>(count));
    };
    if (reading.backlog.counted_at) {  // Before that nobody knows, which is not the same as none.
      row_count("ready", waiting.due);
      row_count("later", waiting.later);
      row_count("behind", waiting.behind);
    }
    const auto age = waiting.oldest_due_at ? ports::wall_now() - *waiting.oldest_due_at : core::Millis{0};
    add(oldest, {{"tracker", label}}, std::max(seconds(age), 0.0));
  }
  MetricFamily money =
      gauge("keitaro_outbox_pending_payout",
            "What pending rows are worth, by currency; none for rows without one, other for rare ones.");
  for (const CurrencySum& entry : reading.backlog.money)
    add(money, {{"currency", entry.currency}}, entry.sum.value());
  MetricFamily counted =
      gauge("keitaro_outbox_pending_counted_timestamp_seconds",
            "When pending rows, and what they are worth, were last counted in the background.");
  if (reading.backlog.counted_at) add(counted, {}, unix_seconds(*reading.backlog.counted_at));
  for (MetricFamily* family : {&rows, &oldest, &money, &counted}) out.push_back(std::move(*family));
}

void add_trackers(const Reading& reading, std::vector<MetricFamily>& out) {
  using Phase = core::CircuitBreaker::Phase;
  MetricFamily in_flight = gauge("keitaro_outbox_requests_in_flight", "Requests under way.");
  MetricFamily breaker = gauge("keitaro_outbox_breaker",
                               "1 for the phase that the tracker's circuit breaker is in, 0 for the others.");
  MetricFamily paused = gauge("keitaro_outbox_tracker_paused", "1 while an operator has paused the tracker.");
  MetricFamily share =
      gauge("keitaro_outbox_taken_in_share", "Share of recent requests that were taken in, 0 to 1.");
  MetricFamily limit =
      gauge("keitaro_outbox_requests_in_flight_limit", "Requests that may be under way now.");
  MetricFamily rate = gauge("keitaro_outbox_requests_per_second_limit",
                            "Requests a second that are sent at most, where that is limited.");
  MetricFamily limited_by = gauge("keitaro_outbox_limited_by",
                                  "1 for what holds the tracker's requests back, 0 for the other reasons.");
  for (const delivery::TrackerSnapshot& tracker : reading.trackers) {
    add(share, {{"tracker", tracker.name}}, tracker.flow.share);
    add(limit, {{"tracker", tracker.name}}, tracker.flow.limit.in_flight);
    if (const auto per_second = tracker.flow.limit.per_second)
      add(rate, {{"tracker", tracker.name}}, *per_second);
    for (const core::FlowReason reason : core::kFlowReasons)
      add(limited_by, {{"tracker", tracker.name}, {"reason", std::string(core::name_of(reason))}},
          reason == tracker.flow.limit.reason ? 1 : 0);
    add(in_flight, {{"tracker", tracker.name}}, tracker.in_flight);
    for (const Phase phase : {Phase::closed, Phase::open, Phase::probing, Phase::ramping})
      add(breaker, {{"tracker", tracker.name}, {"phase", std::string(core::name_of(phase))}},
          phase == tracker.breaker ? 1 : 0);
    add(paused, {{"tracker", tracker.name}}, tracker.paused ? 1 : 0);
  }
  for (MetricFamily* family : {&in_flight, &breaker, &paused, &share, &limit, &rate, &limited_by})
    out.push_back(std::move(*family));
}

void add_single(const char* name, const char* help, Labels labels, double value,
                std::vector<MetricFamily>& out) {
  MetricFamily family = gauge(name, help);
  add(family, std::move(labels), value);
  out.push_back(std::move(family));
}

void add_counter(const char* name, const char* help, std::int64_t value, std::vector<MetricFamily>& out) {
  MetricFamily family{name, help, prometheus::MetricType::Counter, {}};
  family.metric.emplace_back().counter.value = static_cast<double>(value);
  out.push_back(std::move(family));
}

/// Of a database whose rows several workers share.
void add_share(const Reading& reading, std::vector<MetricFamily>& out) {
  if (!reading.share) return;
  const ports::WorkerShare::Figures& share = *reading.share;
  add_single("keitaro_outbox_postgresql_lanes", "Lanes that this worker delivers from, of 256.", {},
             static_cast<double>(share.lanes.count()), out);
  if (share.lease_age) {
    add_single("keitaro_outbox_postgresql_lease_age_seconds",
               "How long ago this worker's lease was last renewed; others take its lanes over after 20 s.",
               {}, seconds(*share.lease_age), out);
  }
  add_counter("keitaro_outbox_postgresql_round_trips_total",
              "Round trips of delivery to the database: statements sent together are one.", share.round_trips,
              out);
  add_counter("keitaro_outbox_postgresql_transactions_retried_total",
              "Transactions of delivery that failed, or whose outcome was unknown, and were done again.",
              share.transactions_retried, out);
  if (!reading.backlog.vacuum) return;
  const ports::VacuumFigures& vacuum = *reading.backlog.vacuum;
  add_single("keitaro_outbox_postgresql_dead_rows",
             "Old versions of rows of outbox that vacuum has not cleared away, as the server counts them.",
             {}, static_cast<double>(vacuum.dead_rows), out);
  add_single("keitaro_outbox_postgresql_oldest_transaction_seconds",
             "How long the oldest open transaction that this role can see has been open.", {},
             seconds(vacuum.oldest_transaction.value_or(core::Millis{0})), out);
  add_single("keitaro_outbox_postgresql_oldest_snapshot_transactions",
             "How many transactions have begun since the oldest snapshot in use that this role can see.", {},
             static_cast<double>(vacuum.oldest_snapshot_age), out);
}

}  // namespace

std::vector<MetricFamily> gauges_of(const Reading& reading) {
  std::vector<MetricFamily> out;
  add_backlog(reading, out);
  add_trackers(reading, out);
  const bool delivers = reading.phase == worker::RunPhase::delivering && reading.database_ok;
  add_single("keitaro_outbox_delivering",
             "1 while this process delivers, 0 while it stands by, ends, or cannot use the database.",
             {{"database", reading.database}}, delivers ? 1 : 0, out);
  add_single("keitaro_outbox_database_ok", "0 while the database cannot be used.",
             {{"database", reading.database}}, reading.database_ok ? 1 : 0, out);
  add_single("keitaro_outbox_last_turn_timestamp_seconds", "When the delivery loop last turned.", {},
             unix_seconds(ports::wall_now() - reading.since_last_turn), out);
  if (reading.wal_bytes) {
    add_single("keitaro_outbox_sqlite_wal_bytes", "Size of the database's write-ahead log.", {},
               static_cast<double>(*reading.wal_bytes), out);
  }
  add_share(reading, out);
  Labels build{{"version", kVersion}};
  for (const auto& [library, version] : reading.libraries) build.push_back({library, version});
  add_single("keitaro_outbox_build_info", "Always 1; the labels tell the versions.", std::move(build), 1,
             out);
  for (MetricFamily& family : process_figures()) out.push_back(std::move(family));
  return out;
}

}  // namespace keitaro_outbox::monitoring
