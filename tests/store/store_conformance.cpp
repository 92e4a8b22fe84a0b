#include "store/store_conformance.hpp"

#include <stdexcept>
#include <utility>

namespace keitaro_outbox::store_tests {

using core::OutboxId;
using core::State;
using core::wall_time;

std::vector<std::int64_t> StoreConformance::fresh(const std::string& tracker, std::int64_t after,
                                                  std::size_t limit) {
  using Known = ports::OutboxStore::Known;
  std::vector<OutboxId> ids;
  std::vector<OutboxId> read_ahead;
  store_.begin_read();
  store_.fresh(tracker, {after}, limit, Known::some, ids);
  store_.fresh(tracker, {after}, limit, Known::none, read_ahead);
  store_.commit();
  EXPECT_EQ(ids, read_ahead);
  std::vector<std::int64_t> values;
  for (const OutboxId id : ids) values.push_back(id.value);
  return values;
}

std::vector<std::int64_t> StoreConformance::due(std::int64_t now, const std::string& tracker,
                                                std::size_t limit) {
  std::vector<ports::DueRow> due_rows;
  store_.begin_read();
  store_.due(tracker, wall_time(now), limit, due_rows);
  store_.commit();
  std::vector<std::int64_t> values;
  for (const ports::DueRow& due_row : due_rows) values.push_back(due_row.id.value);
  return values;
}

std::optional<std::int64_t> StoreConformance::next_due(std::int64_t now, const std::string& tracker) {
  store_.begin_read();
  const auto at = store_.next_due(tracker, wall_time(now));
  store_.commit();
  return at ? std::optional(core::unix_millis(*at)) : std::nullopt;
}

std::vector<std::string> StoreConformance::trackers(std::size_t limit) {
  store_.begin_read();
  auto names = store_.trackers_with_pending("", limit);
  store_.commit();
  return names;
}

bool StoreConformance::has_pending(const std::string& tracker) {
  store_.begin_read();
  const bool pending = store_.has_pending(tracker);
  store_.commit();
  return pending;
}

std::optional<ports::LoadedRow> StoreConformance::loaded_row(OutboxId id) {
  store_.begin_read();
  std::vector<ports::LoadedRow> rows;
  store_.load_rows(std::vector{id}, {}, rows);
  store_.commit();
  return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

std::optional<core::Row> StoreConformance::row(OutboxId id) {
  auto found = loaded_row(id);
  return found ? std::optional(std::move(found->row)) : std::nullopt;
}

ports::LoadedRow StoreConformance::newcomer(const NewRow& row) {
  const OutboxId id = world_->insert(row);
  auto found = loaded_row(id);
  world_->remove(id);
  return found.value();
}

std::optional<std::int64_t> StoreConformance::other_waiting(const std::string& subid) {
  const auto other = newcomer({.subid = subid}).other_waiting;
  return other ? std::optional(other->value) : std::nullopt;
}

std::optional<core::LedgerEntry> StoreConformance::ledger(const std::string& subid, const std::string& tid,
                                                          const std::string& tracker) {
  const core::LedgerKey key{subid, tid};
  std::vector<std::optional<core::LedgerEntry>> found;
  store_.begin_read();
  const ports::LedgerLookup lookup{core::OutboxId{1}, &key};
  store_.ledger_entries(tracker, {&lookup, 1}, {}, found);
  store_.commit();
  return found.at(0);
}

void StoreConformance::write(ports::OutcomeRecord& record) {
  store_.record({&record, 1}, {});
}

bool StoreConformance::record(const ports::RowResult& result) {
  ports::OutcomeRecord record{.click = {}, .id = result.id, .result = &result};
  store_.begin_write();
  write(record);
  store_.commit();
  return !record.overtaken;
}

void StoreConformance::block(OutboxId id, OutboxId waits_for) {
  const ports::BlockedRow blocked{id, waits_for};
  store_.begin_write();
  store_.block({&blocked, 1});
  store_.commit();
}

void StoreConformance::release(const std::string& subid, const std::string& tracker) {
  ports::OutcomeRecord record{.click = {tracker, subid}, .id = {}, .unblock_next = true};
  store_.begin_write();
  write(record);
  store_.commit();
}

void StoreConformance::take_in(const core::LedgerEntry& entry, const std::string& subid,
                               const std::string& tid, const std::string& tracker) {
  // The row itself is another one: it stays as it is.
  const core::LedgerKey key{subid, tid};
  ports::RowResult result = delivered({0});
  result.requested = false;
  result.now = wall_time(5'000);
  ports::OutcomeRecord record{
      .click = {tracker, "of-the-column"}, .id = {}, .result = &result, .taken_in = &entry, .key = &key};
  store_.begin_write();
  write(record);
  store_.commit();
}

SeenRow StoreConformance::seen(OutboxId id) {
  const auto row = world_->look(id);
  if (!row) throw std::runtime_error("the row is gone");
  return *row;
}

ports::RowResult delivered(OutboxId id) {
  ports::RowResult result;
  result.id = id;
  result.state = State::delivered;
  result.attempts = 1;
  result.sent_as = core::Status::sale;
  result.http_status = 200;
  result.response = "OK";
  result.now = wall_time(7'000);
  result.requested = true;
  return result;
}

ports::RowResult retry_at(OutboxId id, std::int64_t at) {
  ports::RowResult result;
  result.id = id;
  result.attempts = 1;
  result.strikes = 1;
  result.due_at = wall_time(at);
  result.sent_as = core::Status::sale;
  result.http_status = 503;
  result.response = "down";
  result.reason = "HTTP 503";
  result.now = wall_time(7'000);
  result.requested = true;
  return result;
}

core::LedgerEntry sale_of(OutboxId id) {
  core::LedgerEntry entry;
  entry.postback.status = core::Status::sale;
  entry.postback.sent_status = "sale";
  entry.outbox_id = id;
  return entry;
}

}  // namespace keitaro_outbox::store_tests
