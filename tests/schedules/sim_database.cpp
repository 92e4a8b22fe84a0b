#include "schedules/sim_database.hpp"

#include <SQLiteCpp/Statement.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "temp_folder.hpp"

namespace keitaro_outbox::simulation {
namespace {

namespace fs = std::filesystem;

/// The process's own.
const TempFolder& folder() {
  static const TempFolder made(TempFolder::In::memory);
  return made;
}

std::string contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The bytes of a database that has the schema: copying them costs less than making it again.
std::string make_template() {
  const fs::path file = folder().file("template.db");
  {
    SQLite::Database database(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec(contents(fs::path(KEITARO_OUTBOX_SOURCE_DIR) / "schema" / "outbox.sql"));
  }
  return contents(file);
}

std::string next_path() {
  static std::atomic<int> count{0};
  return folder().file(std::to_string(++count) + ".db");
}

template <typename T>
void bind_optional(SQLite::Statement& statement, int at, const std::optional<T>& value) {
  if (value) {
    statement.bind(at, *value);
  } else {
    statement.bind(at);
  }
}

}  // namespace

SimDatabase::SimDatabase() : path_(next_path()) {
  static const std::string bytes = make_template();
  std::ofstream(path_, std::ios::binary) << bytes;
  connection_.emplace(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_NOMUTEX);
  connection_->exec("PRAGMA synchronous = OFF");
  insert_.emplace(
      *connection_,
      "INSERT INTO outbox (tracker, subid, status, tid, payout, currency, params, event_id, due_at, id)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
}

SimDatabase::~SimDatabase() {
  insert_.reset();
  connection_.reset();
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm"}) fs::remove(path_ + suffix, ignored);
}

core::OutboxId SimDatabase::insert_with_id(const NewRow& row, std::optional<core::OutboxId> id) {
  insert_->reset();
  insert_->bind(1, row.tracker);
  insert_->bind(2, row.subid);
  insert_->bind(3, row.status);
  bind_optional(*insert_, 4, row.tid);
  bind_optional(*insert_, 5, row.payout);
  bind_optional(*insert_, 6, row.currency);
  bind_optional(*insert_, 7, row.params);
  bind_optional(*insert_, 8, row.event_id);
  insert_->bind(9, row.due_at);
  bind_optional(*insert_, 10, id ? std::optional(id->value) : std::nullopt);
  insert_->exec();
  insert_->reset();
  return {connection_->getLastInsertRowid()};
}

int SimDatabase::sql(const std::string& text) {
  return connection_->exec(text);
}

Standing SimDatabase::standing(core::OutboxId id) {
  SQLite::Statement query(
      *connection_,
      "SELECT state, attempts, strikes, due_at, waits_for, reason, refusals FROM outbox WHERE id = ?");
  query.bind(1, id.value);
  if (!query.executeStep()) return {};
  Standing standing{query.getColumn(0), query.getColumn(1), query.getColumn(2), query.getColumn(3),
                    std::nullopt,       query.getColumn(5), query.getColumn(6)};
  if (!query.isColumnNull(4)) standing.waits_for = query.getColumn(4).getInt64();
  return standing;
}

std::int64_t SimDatabase::number(const std::string& query) {
  return connection_->execAndGet(query).getInt64();
}

std::string SimDatabase::text(const std::string& query) {
  SQLite::Statement statement(*connection_, query);
  return statement.executeStep() ? statement.getColumn(0).getString() : std::string();
}

}  // namespace keitaro_outbox::simulation
