#include "log/log_observer.hpp"

#include <exception>
#include <utility>

namespace keitaro_outbox::log {
namespace {

/// The first failures of a row are the internet's weather; more of them deserve a look.
constexpr int kAttemptsBeforeWarning = 3;

/// More kinds of trouble than these at a time are one.
constexpr std::size_t kTroublesTold = 16;

}  // namespace

LogObserver::LogObserver(Log& log, Now now) : log_(log), now_(std::move(now)) {}

LogObserver::~LogObserver() {
  try {
    for (const auto& [event, count] : limit_.take_suppressed()) {
      log_.write(config::LogLevel::info, "lines_left_out",
                 {{"of", std::string_view(event)}, {"suppressed", count}});
    }
  } catch (const std::exception&) {
    // Lines about lines that are not there.
  }
}

void LogObserver::on_delivered(const ports::RowEvent& row) {
  // A reason marks a delivery whose answer lacked the sentinel.
  write_row(row.reason.empty() ? config::LogLevel::debug : config::LogLevel::info, "delivered", row);
}

void LogObserver::on_retry(const ports::RowEvent& row, core::WallTime at) {
  const bool early = row.attempts < kAttemptsBeforeWarning;
  write_row(early ? config::LogLevel::info : config::LogLevel::warn, "retry", row,
            {{"retry_at_ms", core::unix_millis(at)}});
}

void LogObserver::on_dead(const ports::RowEvent& row) {
  write_row(config::LogLevel::warn, "dead", row);
}

void LogObserver::on_refused(const ports::RowEvent& row) {
  write_row(config::LogLevel::warn, "refused", row);
}

void LogObserver::on_duplicate(const ports::RowEvent& row) {
  write_row(config::LogLevel::debug, "duplicate", row);
}

void LogObserver::on_cancelled(const ports::RowEvent& row) {
  write_row(config::LogLevel::debug, "cancelled", row);
}

void LogObserver::on_overtaken(const ports::RowEvent& row) {
  write_row(config::LogLevel::warn, "overtaken", row);
}

void LogObserver::on_breaker(std::string_view tracker, core::CircuitBreaker::Phase phase,
                             std::string_view why) {
  const bool trouble = phase == core::CircuitBreaker::Phase::open;
  std::vector<LogField> fields{{"tracker", tracker}, {"phase", core::name_of(phase)}};
  if (!why.empty()) fields.push_back({"reason", why});
  write(trouble ? config::LogLevel::warn : config::LogLevel::info, "breaker", std::move(fields));
}

void LogObserver::on_flow(std::string_view tracker, std::string_view words) {
  write(config::LogLevel::info, "flow",
        {{"tracker", tracker}, {"reason", words.empty() ? "it takes in all that there is" : words}});
}

void LogObserver::on_unknown_tracker(std::string_view tracker) {
  write(config::LogLevel::warn, "unknown_tracker",
        {{"tracker", tracker}, {"reason", "the configuration lacks it: its rows wait"}});
}

void LogObserver::on_paused(std::string_view tracker) {
  write(config::LogLevel::info, "paused",
        {{"tracker", tracker}, {"reason", "an operator paused it: its rows wait"}});
}

void LogObserver::on_resumed(std::string_view tracker) {
  write(config::LogLevel::info, "resumed", {{"tracker", tracker}});
}

void LogObserver::on_store_trouble(std::string_view what, core::Millis next_try_in) {
  if (troubles_told_.empty()) trouble_since_ = now_();
  // Each kind of trouble is told once, when it starts; that it goes on is for who wants to see everything.
  const bool is_new = troubles_told_.size() < kTroublesTold && troubles_told_.emplace(what).second;
  write(is_new ? config::LogLevel::error : config::LogLevel::debug, "store_trouble",
        {{"error", what}, {"next_try_in_ms", std::int64_t{next_try_in.count()}}});
}

void LogObserver::on_store_recovered() {
  const auto lasted = std::chrono::duration_cast<core::Millis>(now_() - trouble_since_);
  troubles_told_.clear();
  write(config::LogLevel::info, "store_recovered", {{"after_ms", std::int64_t{lasted.count()}}});
}

void LogObserver::on_own_trouble(std::string_view what, core::Millis next_try_in) {
  constexpr auto kToldEvery = std::chrono::minutes{1};
  const bool is_news = !own_trouble_told_at_ || now_() - *own_trouble_told_at_ >= kToldEvery;
  if (is_news) own_trouble_told_at_ = now_();
  write(is_news ? config::LogLevel::warn : config::LogLevel::debug, "own_trouble",
        {{"error", what}, {"next_try_in_ms", std::int64_t{next_try_in.count()}}});
}

void LogObserver::on_store_replaced(std::string_view what) {
  troubles_told_.clear();
  write(config::LogLevel::warn, "store_replaced", {{"reason", what}});
}

void LogObserver::on_resumed_restored(std::int64_t groups) {
  write(config::LogLevel::warn, "resumed_restored",
        {{"groups_missing", groups}, {"reason", "an older copy of the database is used as it is"}});
}

void LogObserver::on_answers_recovered(std::size_t rows) {
  write(config::LogLevel::info, "answers_recovered",
        {{"rows", static_cast<std::int64_t>(rows)},
         {"reason", "the last worker ended before it had recorded them; they are not sent again"}});
}

void LogObserver::on_standing_by() {
  write(config::LogLevel::info, "standing_by", {{"reason", "another worker drains this database"}});
}

void LogObserver::on_long_wait(ports::LongWait why) {
  const std::string_view reason =
      why == ports::LongWait::older_copy
          ? "the file is an older copy, so the worker that has it sends nothing and waits for the operator: "
            "stop that worker, and this one goes on with the copy"
          : "another worker has this file, and rows are still pending: waiting until it has delivered them; "
            "stop that worker to have it done here, or give up after --timeout TIME";
  write(config::LogLevel::warn, "long_wait", {{"reason", reason}});
}

void LogObserver::on_taking_over() {
  write(config::LogLevel::info, "taking_over", {});
}

void LogObserver::on_abandoned(int in_flight, std::size_t unrecorded) {
  write(config::LogLevel::warn, "abandoned",
        {{"in_flight", std::int64_t{in_flight}},
         {"unrecorded", static_cast<std::int64_t>(unrecorded)},
         {"reason", "the grace of the stop is over: these rows stay pending and are sent again"}});
}

void LogObserver::on_pruned(const ports::PruneEvent& event) {
  write(config::LogLevel::info, "pruned",
        {{"rows", event.rows}, {"attempts", event.attempts}, {"conversions", event.conversions}});
}

void LogObserver::on_prune_failed(std::string_view what) {
  write(config::LogLevel::warn, "prune_failed", {{"error", what}});
}

void LogObserver::write_row(config::LogLevel level, std::string_view event, const ports::RowEvent& row,
                            std::vector<LogField> more) {
  if (!log_.enabled(level)) return;
  std::vector<LogField> fields{{"id", row.id.value}, {"tracker", row.tracker}, {"subid", row.subid}};
  if (row.sent_as) fields.push_back({"sent_as", core::name_of(*row.sent_as)});
  fields.push_back({"attempts", std::int64_t{row.attempts}});
  if (row.http_status) fields.push_back({"http_status", std::int64_t{*row.http_status}});
  if (row.latency.count() > 0) fields.push_back({"latency_ms", std::int64_t{row.latency.count()}});
  fields.insert(fields.end(), more.begin(), more.end());
  if (!row.reason.empty()) fields.push_back({"reason", row.reason});
  write(level, event, std::move(fields));
}

void LogObserver::write(config::LogLevel level, std::string_view event, std::vector<LogField> fields) {
  if (!log_.enabled(level)) return;
  // Who asks for debug lines wants to see each row.
  if (level != config::LogLevel::debug) {
    const RepeatLimit::Verdict verdict = limit_.judge(event, now_());
    if (!verdict.write) return;
    if (verdict.suppressed > 0) fields.push_back({"suppressed", verdict.suppressed});
  }
  log_.write(level, event, fields);
}

}  // namespace keitaro_outbox::log
