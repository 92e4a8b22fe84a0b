#include <gtest/gtest.h>

#include <string>

#include "sqlite/admin/row_admin.hpp"
#include "sqlite/base/connection.hpp"
#include "sqlite/base/database.hpp"
#include "sqlite/read/row_reader.hpp"
#include "sqlite/readback/sqlite_read_back_store.hpp"
#include "sqlite/store/sqlite_store.hpp"
#include "store/store_conformance.hpp"
#include "store/temp_database.hpp"

namespace keitaro_outbox::store_tests {
namespace {

std::string text_or_null(const std::string& text) {
  return text.empty() ? "NULL" : quoted(text);
}

std::string number_or_null(const std::optional<std::int64_t>& number) {
  return number ? std::to_string(*number) : "NULL";
}

class SqliteWorld final : public StoreWorld {
 public:
  /// `pragmas` are for the empty file.
  explicit SqliteWorld(const std::string& pragmas) : database_(pragmas) {}

  ports::OutboxStore& store() override { return store_; }

  core::OutboxId insert(const NewRow& row) override {
    const std::string id = sql().text(
        "INSERT INTO outbox (tracker, subid, status, tid, campaign, payout, cost, currency, params, due_at) "
        "VALUES (" +
        quoted(row.tracker) + ", " + quoted(row.subid) + ", " + quoted(row.status) + ", " +
        text_or_null(row.tid) + ", " + text_or_null(row.campaign) + ", " + text_or_null(row.payout) + ", " +
        text_or_null(row.cost) + ", " + text_or_null(row.currency) + ", " + text_or_null(row.params) + ", " +
        std::to_string(row.due_at) + ") RETURNING id");
    return {std::stoll(id)};
  }
  void cancel(core::OutboxId id) override {
    sql().run("UPDATE outbox SET state = 'cancelled' WHERE " + is(id));
  }
  void send_again(core::OutboxId id) override {
    sql().run("UPDATE outbox SET state = 'pending', due_at = 0 WHERE " + is(id));
  }
  void remove(core::OutboxId id) override { sql().run("DELETE FROM outbox WHERE " + is(id)); }
  void strand(core::OutboxId id) override {
    sql().run("UPDATE outbox SET waits_for = 999999 WHERE " + is(id));
  }

  void pause(const std::string& tracker) override {
    sql().run("INSERT INTO outbox_trackers (tracker, paused_at) VALUES (" + quoted(tracker) +
              ", 1) ON CONFLICT (tracker) DO UPDATE SET paused_at = 1");
  }
  void resume(const std::string& tracker) override {
    sql().run("UPDATE outbox_trackers SET paused_at = NULL WHERE tracker = " + quoted(tracker));
  }
  std::vector<std::string> breaker_state_writer() override {
    return sql().lines(
        "SELECT tracker, paused_at, breaker, breaker_at, next_try_at, reason FROM outbox_trackers ORDER BY "
        "1");
  }

  std::optional<SeenRow> look(core::OutboxId id) override {
    SQLite::Statement select = sqlite::prepare(
        reader_.database(),
        "SELECT state, attempts, strikes, due_at, waits_for, sent_as, http_status, response, reason,"
        " finished_at FROM outbox WHERE id = :id");
    sqlite::Run run(select);
    run.bind(":id", id.value);
    if (!run.step()) return std::nullopt;
    SeenRow row;
    row.state = core::state_named(run.text(0)).value();
    row.attempts = run.integer(1);
    row.strikes = run.integer(2);
    row.due_at = run.integer(3);
    row.waits_for = run.optional_integer(4);
    row.sent_as = run.optional_text(5);
    row.http_status = run.optional_integer(6);
    row.response = run.optional_text(7);
    row.reason = run.optional_text(8);
    row.finished_at = run.optional_integer(9);
    return row;
  }

  std::vector<std::string> failed_attempts(core::OutboxId id) override {
    return sql().lines(
        "SELECT attempt, started_at, latency_ms, http_status, error, response FROM delivery_attempts WHERE "
        "outbox_id = " +
        std::to_string(id.value) + " ORDER BY attempt");
  }

  std::unique_ptr<ports::OutboxReader> reader() override {
    return std::make_unique<sqlite::RowReader>(database_.path());
  }
  std::unique_ptr<ports::OutboxAdmin> admin() override {
    return std::make_unique<sqlite::RowAdmin>(database_.path());
  }
  std::unique_ptr<ports::ReadBackStore> read_back() override {
    return std::make_unique<sqlite::SqliteReadBackStore>(database_.path(), std::chrono::seconds{5});
  }
  void put(const StoredRow& row) override {
    sql().run(
        "INSERT INTO outbox (id, tracker, campaign, subid, status, tid, state, reason, attempts, due_at, "
        "finished_at) VALUES (" +
        std::to_string(row.id) + ", " + quoted(row.tracker) + ", " + text_or_null(row.campaign) + ", " +
        quoted(row.subid) + ", " + quoted(row.status) + ", " + text_or_null(row.tid) + ", " +
        quoted(std::string(core::name_of(row.state))) + ", " + text_or_null(row.reason) + ", " +
        std::to_string(row.attempts) + ", " + std::to_string(row.due_at) + ", " +
        number_or_null(row.finished_at) + ")");
  }
  void put(const StoredConversion& conversion) override {
    sql().run(
        "INSERT INTO conversions (tracker, subid, tid, status, sent_status, payout, currency, outbox_id, "
        "taken_in_at, first_taken_in_at, check_at, verdict) VALUES ('default', " +
        quoted(conversion.subid) + ", '', 'sale', 'sale', '12.5', 'usd', " +
        std::to_string(conversion.outbox_id) + ", 100, 90, " + number_or_null(conversion.check_at) + ", " +
        quoted(std::string(core::name_of(conversion.verdict))) + ")");
  }
  void put_failed_attempt(core::OutboxId id, std::int64_t started_at) override {
    sql().run("INSERT INTO delivery_attempts (outbox_id, attempt, started_at, latency_ms, error) VALUES (" +
              std::to_string(id.value) + ", 1, " + std::to_string(started_at) + ", 5, 'x')");
  }
  void fill(int count) override {
    sql().run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
              std::to_string(count) + ") INSERT INTO outbox (subid, status) SELECT 'c' || i, 'lead' FROM n");
  }

 private:
  Sql& sql() { return database_.sql(); }
  static std::string is(core::OutboxId id) { return "id = " + std::to_string(id.value); }

  TempDatabase database_;
  sqlite::SqliteStore store_{database_.path()};
  sqlite::Connection reader_{database_.path()};
};

StoreFactory sqlite_file(const std::string& name, const std::string& pragmas) {
  return {name, [pragmas] { return std::make_unique<SqliteWorld>(pragmas); }};
}

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance,
                         testing::Values(sqlite_file("sqlite", ""),
                                         sqlite_file("sqlite_utf16le", "PRAGMA encoding = 'UTF-16le'"),
                                         sqlite_file("sqlite_utf16be", "PRAGMA encoding = 'UTF-16be'"),
                                         sqlite_file("sqlite_small_pages", "PRAGMA page_size = 512"),
                                         sqlite_file("sqlite_large_pages", "PRAGMA page_size = 65536")),
                         [](const auto& parameter) { return parameter.param.name; });

}  // namespace
}  // namespace keitaro_outbox::store_tests
