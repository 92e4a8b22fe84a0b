#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/rules/plan.hpp"
#include "core/url/percent.hpp"
#include "keitaro_outbox/outbox.hpp"
#include "sqlite/store/sqlite_store.hpp"
#include "target.hpp"

namespace core = keitaro_outbox::core;
namespace ports = keitaro_outbox::ports;
namespace sqlite = keitaro_outbox::sqlite;
using keitaro_outbox::fuzz::is_harmless_line;

namespace {

// The columns that an application writes, in the order of an input's parts.
constexpr std::array<const char*, 9> kColumns{"subid",    "status", "tid",      "payout", "cost",
                                              "currency", "params", "campaign", "tracker"};
constexpr char kSeparator = '\x1e';

/// An application's database with a worker's store on it, in memory where the system has a folder there.
class World {
 public:
  World() {
    std::string folder =
        std::filesystem::is_directory("/dev/shm") ? "/dev/shm/outbox-fuzz-XXXXXX" : "/tmp/outbox-fuzz-XXXXXX";
    if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = folder;
    const std::string path = folder + "/app.db";
    if (sqlite3_open(path.c_str(), &db_) != SQLITE_OK) throw std::runtime_error("no database");
    keitaro_outbox::install_schema(db_);
    run("PRAGMA synchronous = OFF");
    store_.emplace(path);
    const std::string sql =
        "INSERT INTO outbox (subid, status, tid, payout, cost, currency, params, campaign, tracker) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, coalesce(?9, 'default'))";
    if (sqlite3_prepare_v2(db_, sql.c_str(), -1, &insert_, nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(db_));
  }
  ~World() {
    sqlite3_finalize(insert_);
    store_.reset();
    sqlite3_close(db_);
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// The new row, or nothing where a named rule of the table turned it away. An empty part is NULL.
  std::optional<core::OutboxId> insert(const std::vector<std::string_view>& parts) {
    sqlite3_clear_bindings(insert_);
    for (std::size_t i = 0; i < std::min(parts.size(), kColumns.size()); ++i) {
      if (parts[i].empty()) continue;
      sqlite3_bind_text(insert_, static_cast<int>(i) + 1, parts[i].data(), static_cast<int>(parts[i].size()),
                        SQLITE_STATIC);
    }
    const int code = sqlite3_step(insert_);
    sqlite3_reset(insert_);
    if (code == SQLITE_DONE) return core::OutboxId{sqlite3_last_insert_rowid(db_)};
    const int kind = sqlite3_extended_errcode(db_);
    MUST_HOLD(kind == SQLITE_CONSTRAINT_CHECK || kind == SQLITE_CONSTRAINT_NOTNULL);
    return std::nullopt;
  }

  void clear() { run("DELETE FROM outbox; DELETE FROM conversions; DELETE FROM delivery_attempts"); }
  sqlite::SqliteStore& store() { return *store_; }

 private:
  void run(const char* statements) {
    if (sqlite3_exec(db_, statements, nullptr, nullptr, nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(db_));
  }

  std::string folder_;
  sqlite3* db_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  std::optional<sqlite::SqliteStore> store_;
};

World& world() {
  static World world;
  return world;
}

/// What the application wrote comes to the rules to the byte.
void check_facts(const core::Row& row, const std::vector<std::string_view>& parts) {
  const auto part = [&](std::size_t i) { return i < parts.size() ? parts[i] : std::string_view(); };
  MUST_HOLD(row.subid == part(0) && row.status == part(1) && row.tid == part(2));
  MUST_HOLD(row.payout.value_or("") == part(3) && row.cost.value_or("") == part(4));
  MUST_HOLD(row.currency.value_or("") == part(5) && row.params.value_or("") == part(6));
  MUST_HOLD(row.campaign == part(7));
  MUST_HOLD(row.tracker == (part(8).empty() ? "default" : part(8)));
}

/// The request has each parameter once and to the byte, and nothing that the tracker could take for something
/// else.
void check_request(const core::PostbackUrl& url, const core::Send& send) {
  const std::string request = url.with(send.query);
  MUST_HOLD(
      request.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%:/?&=") ==
      std::string::npos);
  const auto parameters =
      keitaro_outbox::fuzz::parts_of(std::string_view(request).substr(request.find('?') + 1), '&');
  MUST_HOLD(parameters.size() == send.query.size());
  std::size_t subids = 0;
  std::size_t statuses = 0;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::size_t equals = parameters[i].find('=');
    const std::string name = core::percent_decode(parameters[i].substr(0, equals));
    MUST_HOLD(name == send.query[i].first);
    MUST_HOLD(core::percent_decode(parameters[i].substr(equals + 1)) == send.query[i].second);
    if (name == "subid") ++subids;
    if (name == "status") ++statuses;
  }
  MUST_HOLD(subids == 1 && statuses == 1);
}

std::optional<ports::LoadedRow> loaded_row(core::OutboxId id) {
  sqlite::SqliteStore& store = world().store();
  store.begin_read();
  std::vector<ports::LoadedRow> found;
  store.load_rows({&id, 1}, {}, found);
  store.commit();
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

/// The tracker takes the row in, with an answer of the same bytes; the same row again is then a duplicate.
void check_delivery(const core::Row& row, const std::vector<std::string_view>& parts, const core::Send& send,
                    const core::TrackerRules& rules, std::string_view answer) {
  sqlite::SqliteStore& store = world().store();
  const ports::ClickKey click{row.tracker, row.subid};
  const core::WallTime now = core::wall_time(1'769'850'307'042);
  ports::RowResult result;
  result.id = row.id;
  result.state = core::State::delivered;
  result.attempts = 1;
  result.sent_as = send.postback.status;
  result.http_status = 200;
  result.response = std::string(answer);
  result.now = now;
  result.requested = true;

  const core::LedgerEntry taken_in{send.postback, row.id, {}};
  const ports::FailedAttempt failure{row.id, 1, now, core::Millis{5}, 503, "HTTP 503", std::string(answer)};
  ports::OutcomeRecord record{.click = click,
                              .id = row.id,
                              .result = &result,
                              .failure = &failure,
                              .taken_in = &taken_in,
                              .key = &send.key};
  store.begin_write();
  store.record({&record, 1}, {});
  MUST_HOLD(!record.overtaken);
  store.commit();

  MUST_HOLD(!loaded_row(row.id));
  store.begin_read();
  MUST_HOLD(!store.has_pending(row.tracker));
  store.commit();

  const auto next = loaded_row(world().insert(parts).value());
  std::vector<std::optional<core::LedgerEntry>> found;
  store.begin_read();
  const ports::LedgerLookup lookup{row.id, &send.key};
  store.ledger_entries(row.tracker, {&lookup, 1}, {}, found);
  store.commit();
  MUST_HOLD(next && found.at(0));
  const core::LedgerEntry& ledger = *found.at(0);
  MUST_HOLD(ledger.outbox_id == row.id && ledger.postback.params == send.postback.params);
  MUST_HOLD(ledger.postback.payout == send.postback.payout && ledger.postback.cost == send.postback.cost);
  const core::Plan again = core::plan(next->row, ledger, rules);
  MUST_HOLD(std::holds_alternative<core::Finish>(again));
  MUST_HOLD(std::get<core::Finish>(again).state == core::State::duplicate);
}

core::TrackerRules rules() {
  core::TrackerRules rules;
  rules.url = *core::PostbackUrl::parse("https://tracker.example/s3cr3tk3y/postback").url;
  return rules;
}

}  // namespace

// Any bytes in any column, as a driver may bind them: from the INSERT through the real store and the rules to
// the request, and back with what the tracker answered.
FUZZ_TARGET(row_facts, bytes) {
  const auto parts = keitaro_outbox::fuzz::parts_of(bytes, kSeparator);
  const auto id = world().insert(parts);
  if (!id) return;

  const auto first = loaded_row(*id);
  MUST_HOLD(first && !first->other_waiting);
  const core::Row& row = first->row;
  check_facts(row, parts);

  static const core::TrackerRules tracker = rules();
  const core::Plan plan = core::plan(row, std::nullopt, tracker);
  if (const auto* finish = std::get_if<core::Finish>(&plan)) {
    MUST_HOLD(finish->state == core::State::refused);
    MUST_HOLD(is_harmless_line(finish->reason) && !finish->reason.empty());
  } else {
    const auto& send = std::get<core::Send>(plan);
    check_request(tracker.url, send);
    check_delivery(row, parts, send, tracker, bytes);
  }
  world().clear();
}
