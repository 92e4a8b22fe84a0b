#include "bench/queue_watch.hpp"

#include <algorithm>
#include <stdexcept>

#include "bench/interrupt.hpp"

namespace keitaro_outbox::bench {

using namespace std::chrono_literals;

QueueWatch::QueueWatch(const std::string& db)
    : db_(db, SQLite::OPEN_READWRITE, 5000),
      front_(db_,
             "SELECT id FROM outbox WHERE tracker = 'default' AND state = 'pending' AND waits_for IS NULL"
             " ORDER BY due_at, id LIMIT 1"),
      any_(db_,
           "SELECT 1 FROM outbox INDEXED BY outbox_ready WHERE state = 'pending' AND waits_for IS NULL LIMIT "
           "1") {
  db_.exec("PRAGMA wal_autocheckpoint = 0");
}

std::optional<std::int64_t> QueueWatch::front() {
  std::optional<std::int64_t> id;
  if (front_.executeStep()) id = front_.getColumn(0).getInt64();
  front_.reset();
  return id;
}

bool QueueWatch::any() {
  const bool found = any_.executeStep();
  any_.reset();
  return found;
}

std::uint64_t QueueWatch::delivered_after(std::int64_t id) {
  SQLite::Statement count(db_, "SELECT count(*) FROM outbox WHERE id > ? AND state = 'delivered'");
  count.bind(1, id);
  count.executeStep();
  return static_cast<std::uint64_t>(count.getColumn(0).getInt64());
}

std::int64_t QueueWatch::last_id() {
  return db_.execAndGet("SELECT coalesce(max(id), 0) FROM outbox").getInt64();
}

void QueueWatch::wait_until_empty(std::chrono::seconds patience,
                                  const std::function<void(std::uint64_t)>& look) {
  using Clock = std::chrono::steady_clock;
  constexpr std::int64_t kNearTheEnd = 5000;
  const std::int64_t last_id = this->last_id();
  std::optional<std::int64_t> first;
  std::int64_t before = 0;
  auto moved = Clock::now();
  while (const auto id = front()) {
    if (!first) first = id;
    if (*id != before) {
      before = *id;
      moved = Clock::now();
    } else if (Clock::now() - moved > patience) {
      throw std::runtime_error("nothing has been delivered for " + std::to_string(patience.count()) +
                               " s, and rows wait");
    }
    look(static_cast<std::uint64_t>(std::max<std::int64_t>(*id - *first, 0)));
    // Looking takes a little from who is measured: often only where a start or an end is near.
    const bool on_its_way = *id > *first && last_id - *id > kNearTheEnd;
    pause_for(on_its_way ? 25ms : 2ms);
  }
}

}  // namespace keitaro_outbox::bench
