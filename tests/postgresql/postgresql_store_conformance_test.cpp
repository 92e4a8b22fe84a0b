#include <gtest/gtest.h>

#include <string>

#include "core/text/column_values.hpp"
#include "postgresql/admin/row_admin.hpp"
#include "postgresql/base/connection.hpp"
#include "postgresql/read/row_reader.hpp"
#include "postgresql/readback/read_back_store.hpp"
#include "postgresql/store/postgresql_store.hpp"
#include "postgresql/temp_schema.hpp"
#include "store/store_conformance.hpp"

namespace keitaro_outbox::store_tests {
namespace {

using postgresql::Connection;
using postgresql::Parameters;
using postgresql::Result;

std::string millis(const std::string& column) {
  return "CASE " + column + " WHEN '-infinity' THEN 0 ELSE (extract(epoch FROM " + column +
         ") * 1000)::bigint END";
}

/// A line for each row; NULL in letters.
std::vector<std::string> lines(const Result& found, int columns) {
  std::vector<std::string> lines;
  for (int row = 0; row < found.rows(); ++row) {
    std::string line;
    for (int column = 0; column < columns; ++column) {
      if (column > 0) line += "|";
      line += found.optional_text(row, column).value_or("NULL");
    }
    lines.push_back(line);
  }
  return lines;
}

class PostgresqlWorld final : public StoreWorld {
 public:
  ports::OutboxStore& store() override { return store_; }

  core::OutboxId insert(const NewRow& row) override {
    Parameters parameters;
    parameters.add(row.tracker).add(row.subid).add(row.status).add(core::unless_empty(row.tid));
    parameters.add(core::unless_empty(row.campaign))
        .add(core::unless_empty(row.payout))
        .add(core::unless_empty(row.cost));
    parameters.add(core::unless_empty(row.currency)).add(core::unless_empty(row.params)).add(row.due_at);
    const Result inserted = people_.run(
        {"INSERT INTO outbox (tracker, subid, status, tid, campaign, payout, cost, currency, params, due_at)"
         " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
         "         CASE $10::bigint WHEN 0 THEN '-infinity' ELSE to_timestamp($10 / 1000.0) END) RETURNING "
         "id",
         parameters});
    return {inserted.integer(0, 0)};
  }
  void cancel(core::OutboxId id) override { of("UPDATE outbox SET state = 'cancelled' WHERE id = $1", id); }
  void send_again(core::OutboxId id) override {
    of("UPDATE outbox SET state = 'pending', due_at = '-infinity' WHERE id = $1", id);
  }
  void remove(core::OutboxId id) override { of("DELETE FROM outbox WHERE id = $1", id); }
  void strand(core::OutboxId id) override { of("UPDATE outbox SET waits_for = 999999 WHERE id = $1", id); }

  void pause(const std::string& tracker) override {
    people_.run(
        {"INSERT INTO outbox_trackers (tracker, paused_at) VALUES ($1, to_timestamp(0.001))"
         " ON CONFLICT (tracker) DO UPDATE SET paused_at = excluded.paused_at",
         Parameters().add(tracker)});
  }
  void resume(const std::string& tracker) override {
    people_.run(
        {"UPDATE outbox_trackers SET paused_at = NULL WHERE tracker = $1", Parameters().add(tracker)});
  }
  std::vector<std::string> breaker_state_writer() override {
    return lines(people_.run("SELECT tracker, " + millis("paused_at") + ", breaker, " + millis("breaker_at") +
                             ", " + millis("next_try_at") + ", reason FROM outbox_trackers ORDER BY tracker"),
                 6);
  }

  std::optional<SeenRow> look(core::OutboxId id) override {
    const Result found = people_.run({"SELECT state, attempts, strikes, " + millis("due_at") +
                                          ", waits_for, sent_as, http_status, response, reason, " +
                                          millis("finished_at") + " FROM outbox WHERE id = $1",
                                      Parameters().add(id.value)});
    if (found.empty()) return std::nullopt;
    SeenRow row;
    row.state = core::state_named(found.view(0, 0)).value();
    row.attempts = found.integer(0, 1);
    row.strikes = found.integer(0, 2);
    row.due_at = found.integer(0, 3);
    row.waits_for = found.optional_integer(0, 4);
    row.sent_as = found.optional_text(0, 5);
    row.http_status = found.optional_integer(0, 6);
    row.response = found.optional_text(0, 7);
    row.reason = found.optional_text(0, 8);
    row.finished_at = found.optional_integer(0, 9);
    return row;
  }

  std::vector<std::string> failed_attempts(core::OutboxId id) override {
    return lines(people_.run({"SELECT attempt, " + millis("started_at") +
                                  ", latency_ms, http_status, error, response"
                                  " FROM delivery_attempts WHERE outbox_id = $1 ORDER BY attempt",
                              Parameters().add(id.value)}),
                 6);
  }

  std::unique_ptr<ports::OutboxReader> reader() override {
    return std::make_unique<postgresql::RowReader>(schema_.address());
  }
  std::unique_ptr<ports::OutboxAdmin> admin() override {
    return std::make_unique<postgresql::RowAdmin>(schema_.address());
  }
  std::unique_ptr<ports::ReadBackStore> read_back() override {
    return std::make_unique<postgresql::ReadBackStore>(schema_.address(), std::chrono::seconds{5});
  }
  void put(const StoredRow& row) override {
    people_.run(
        {"INSERT INTO outbox (id, tracker, campaign, subid, status, tid, state, reason, attempts, due_at, "
         "finished_at) OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
         " CASE $10::bigint WHEN 0 THEN '-infinity' ELSE to_timestamp($10 / 1000.0) END,"
         " to_timestamp($11::bigint / 1000.0))",
         Parameters()
             .add(row.id)
             .add(row.tracker)
             .add(core::unless_empty(row.campaign))
             .add(row.subid)
             .add(row.status)
             .add(core::unless_empty(row.tid))
             .add(core::name_of(row.state))
             .add(core::unless_empty(row.reason))
             .add(row.attempts)
             .add(row.due_at)
             .add(row.finished_at)});
  }
  void put(const StoredConversion& conversion) override {
    people_.run(
        {"INSERT INTO conversions (tracker, subid, tid, status, sent_status, payout, currency, outbox_id, "
         "taken_in_at, first_taken_in_at, check_at, verdict) VALUES ('default', $1, '', 'sale', 'sale', "
         "12.5, 'usd', $2, to_timestamp(0.1), to_timestamp(0.09), to_timestamp($3::bigint / 1000.0), $4)",
         Parameters()
             .add(conversion.subid)
             .add(conversion.outbox_id)
             .add(conversion.check_at)
             .add(core::name_of(conversion.verdict))});
  }
  void put_failed_attempt(core::OutboxId id, std::int64_t started_at) override {
    people_.run(
        {"INSERT INTO delivery_attempts (outbox_id, attempt, started_at, latency_ms, error)"
         " VALUES ($1, 1, to_timestamp($2::bigint / 1000.0), 5, 'x')",
         Parameters().add(id.value).add(started_at)});
  }
  void fill(int count) override {
    people_.run(
        {"INSERT INTO outbox (subid, status) SELECT 'c' || i, 'lead' FROM generate_series(1, $1::bigint) AS "
         "i",
         Parameters().add(count)});
  }

 private:
  void of(const char* statement, core::OutboxId id) { people_.run({statement, Parameters().add(id.value)}); }

  const postgresql_tests::TempSchema schema_;
  Connection people_{schema_.address()};
  postgresql::PostgresqlStore store_{schema_.address()};
};

INSTANTIATE_TEST_SUITE_P(Postgresql, StoreConformance,
                         testing::Values(StoreFactory{
                             .name = "postgresql",
                             .make = [] { return std::make_unique<PostgresqlWorld>(); },
                             .tells_foreign_commits = false,
                             .keeps_spelling = false}),
                         [](const auto& parameter) { return parameter.param.name; });

}  // namespace
}  // namespace keitaro_outbox::store_tests
