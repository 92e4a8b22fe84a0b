#include "web/day_history.hpp"

#include <algorithm>
#include <utility>

#include "report/row_words.hpp"

namespace keitaro_outbox::web {
namespace {

constexpr std::int64_t kRateSeconds = 30;

std::int64_t number_of(core::WallTime at) {
  return core::unix_millis(at) / DayHistory::kPoint.count();
}

std::int64_t second_of(core::WallTime at) {
  return core::unix_millis(at) / 1000;
}

}  // namespace

DayHistory::Bucket& DayHistory::bucket(core::WallTime at) {
  const std::int64_t number = std::max<std::int64_t>(number_of(at), 0);
  Bucket& found = buckets_[static_cast<std::size_t>(number) % kPoints];
  // A time before what stands there is from more than a day ago, or of a clock that went back.
  if (found.number < number) found = Bucket{.number = number};
  return found;
}

void DayHistory::add_delivered(core::WallTime at, std::int64_t rows) {
  const std::lock_guard lock(mutex_);
  bucket(at).delivered += rows;
  if (!counted_since_) counted_since_ = at;
  auto& [second, count] = seconds_[static_cast<std::size_t>(second_of(at)) % seconds_.size()];
  if (second != second_of(at)) {
    second = second_of(at);
    count = 0;
  }
  count += rows;
}

void DayHistory::add_failed(core::WallTime at) {
  const std::lock_guard lock(mutex_);
  bucket(at).failed += 1;
}

void DayHistory::note_waiting(core::WallTime at, std::int64_t rows) {
  const std::lock_guard lock(mutex_);
  bucket(at).waiting = rows;
}

void DayHistory::note_answer(std::string_view tracker, LastAnswer answer) {
  const std::lock_guard lock(mutex_);
  const auto found = answers_.find(tracker);
  if (found == answers_.end()) {
    answers_.emplace(tracker, std::move(answer));
  } else if (found->second.at <= answer.at) {
    found->second = std::move(answer);
  }
}

void DayHistory::read(const ports::RecentPast& past, core::WallTime before) {
  for (const ports::FinishedRow& row : past.finished) {
    if (!row.http_status) continue;
    note_answer(row.tracker, {.at = row.finished_at,
                              .words = report::answer_words(row.http_status, row.response),
                              .taken_in = row.state == core::State::delivered});
  }
  const std::lock_guard lock(mutex_);
  for (Bucket& found : buckets_) found.read_delivered = found.read_failed = 0;
  const core::WallTime oldest = before - kPoint * kPoints;
  for (const ports::FinishedRow& row : past.finished) {
    if (row.state != core::State::delivered || row.finished_at < oldest || row.finished_at >= before)
      continue;
    Bucket& found = bucket(row.finished_at);
    if (found.number == number_of(row.finished_at)) ++found.read_delivered;
  }
  for (const core::WallTime at : past.failed_attempts) {
    if (at < oldest || at >= before) continue;
    Bucket& found = bucket(at);
    if (found.number == number_of(at)) ++found.read_failed;
  }
  whole_ = past.whole;
}

DayHistory::Day DayHistory::day(core::WallTime now) const {
  const std::lock_guard lock(mutex_);
  Day day;
  day.whole = whole_;
  const std::int64_t last = number_of(now);
  for (std::int64_t number = last - static_cast<std::int64_t>(kPoints) + 1; number <= last; ++number) {
    HistoryPoint point;
    point.from = core::wall_time(number * kPoint.count());
    const Bucket& found = buckets_[static_cast<std::size_t>(std::max<std::int64_t>(number, 0)) % kPoints];
    if (found.number == number) {
      point.delivered = found.delivered + found.read_delivered;
      point.failed = found.failed + found.read_failed;
      point.waiting = found.waiting;
    }
    day.points.push_back(point);
  }
  return day;
}

std::map<std::string, LastAnswer> DayHistory::last_answers() const {
  const std::lock_guard lock(mutex_);
  return {answers_.begin(), answers_.end()};
}

std::optional<double> DayHistory::rate(core::WallTime now) const {
  const std::lock_guard lock(mutex_);
  if (!counted_since_) return std::nullopt;
  const std::int64_t last = second_of(now) - 1;
  std::int64_t rows = 0;
  for (const auto& [second, count] : seconds_) {
    if (second > last - kRateSeconds && second <= last) rows += count;
  }
  const std::int64_t seconds =
      std::clamp<std::int64_t>(last - second_of(*counted_since_) + 1, 1, kRateSeconds);
  return static_cast<double>(rows) / static_cast<double>(seconds);
}

}  // namespace keitaro_outbox::web
