#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "core/readback/verdict.hpp"
#include "ports/outbox_admin.hpp"
#include "ports/outbox_reader.hpp"
#include "ports/outbox_store.hpp"
#include "ports/read_back_store.hpp"

namespace keitaro_outbox::store_tests {

/// What an application writes. Empty texts are NULL, but for those that are required.
struct NewRow {
  std::string tracker = "default";
  std::string subid = "click";
  std::string status = "sale";
  std::string tid{};
  std::string campaign{};
  std::string payout{};
  std::string cost{};
  std::string currency{};
  std::string params{};
  std::int64_t due_at = 0;
};

/// A time that no test reaches.
inline constexpr std::int64_t kIn2255 = 9'000'000'000'000;

/// A row that has a past. Empty texts are NULL, but for those that are required.
struct StoredRow {
  std::int64_t id = 0;
  std::string tracker = "default";
  std::string campaign{};
  std::string subid = "click";
  std::string status = "lead";
  std::string tid{};
  core::State state = core::State::pending;
  std::string reason{};
  int attempts = 0;
  std::int64_t due_at = 0;
  std::optional<std::int64_t> finished_at{};
};

/// A sale of 12.5 usd that the tracker took in at 100, and another one of the same conversion at 90.
struct StoredConversion {
  std::string subid = "click";
  std::int64_t outbox_id = 0;
  std::optional<std::int64_t> check_at{};
  core::Verdict verdict = core::Verdict::unchecked;
};

/// What an operator sees of a row.
struct SeenRow {
  core::State state = core::State::pending;
  std::int64_t attempts = 0;
  std::int64_t strikes = 0;
  std::int64_t due_at = 0;
  std::optional<std::int64_t> waits_for;
  std::optional<std::string> sent_as;
  std::optional<std::int64_t> http_status;
  std::optional<std::string> response;
  std::optional<std::string> reason;
  std::optional<std::int64_t> finished_at;
};

/// A store with the rest of its world: the application that writes rows, and the operator who reads and
/// mends.
class StoreWorld {
 public:
  virtual ~StoreWorld() = default;
  virtual ports::OutboxStore& store() = 0;
  virtual core::OutboxId insert(const NewRow& row) = 0;
  virtual void cancel(core::OutboxId id) = 0;
  virtual void send_again(core::OutboxId id) = 0;
  virtual void remove(core::OutboxId id) = 0;
  /// Leaves the row waiting for an earlier one that will never release it.
  virtual void strand(core::OutboxId id) = 0;
  virtual void pause(const std::string& tracker) = 0;
  virtual void resume(const std::string& tracker) = 0;
  /// A line for each tracker noted: `tracker|paused_at|breaker|breaker_at|next_try_at|reason`.
  virtual std::vector<std::string> breaker_state_writer() = 0;
  virtual std::optional<SeenRow> look(core::OutboxId id) = 0;
  /// A line for each failed attempt: `attempt|started_at|latency_ms|http_status|error|response`.
  virtual std::vector<std::string> failed_attempts(core::OutboxId id) = 0;

  virtual std::unique_ptr<ports::OutboxReader> reader() = 0;
  virtual std::unique_ptr<ports::OutboxAdmin> admin() = 0;
  virtual std::unique_ptr<ports::ReadBackStore> read_back() = 0;
  virtual void put(const StoredRow& row) = 0;
  virtual void put(const StoredConversion& conversion) = 0;
  virtual void put_failed_attempt(core::OutboxId id, std::int64_t started_at) = 0;
  /// New rows 1 to `count`, of the clicks c1, c2 …
  virtual void fill(int count) = 0;
};

struct StoreFactory {
  std::string name;
  std::function<std::unique_ptr<StoreWorld>()> make;
  /// Whether the store knows each commit of others at once, and reads as of one moment. Another one says yes
  /// from time to time.
  bool tells_foreign_commits = true;
  /// Whether amounts and JSON keep their spelling, and texts their NULs. Else they keep what they mean.
  bool keeps_spelling = true;

  friend std::ostream& operator<<(std::ostream& out, const StoreFactory& factory) {
    return out << factory.name;
  }
};

/// What every store must do. Instantiate it with a factory to hold a store to it.
class StoreConformance : public testing::TestWithParam<StoreFactory> {
 protected:
  StoreConformance() : world_(GetParam().make()), store_(world_->store()) {}

  // Each in a transaction of its own.
  std::vector<std::int64_t> fresh(const std::string& tracker = "default", std::int64_t after = 0,
                                  std::size_t limit = 100);
  std::vector<std::int64_t> due(std::int64_t now, const std::string& tracker = "default",
                                std::size_t limit = 100);
  std::optional<std::int64_t> next_due(std::int64_t now, const std::string& tracker = "default");
  std::vector<std::string> trackers(std::size_t limit = 100);
  bool has_pending(const std::string& tracker = "default");
  std::optional<ports::LoadedRow> loaded_row(core::OutboxId id);
  std::optional<core::Row> row(core::OutboxId id);
  /// What decides on a row that the application writes just now, and takes back at once. That frees the
  /// first blocked row of its click.
  ports::LoadedRow newcomer(const NewRow& row);
  std::optional<std::int64_t> other_waiting(const std::string& subid = "click");
  std::optional<core::LedgerEntry> ledger(const std::string& subid = "click", const std::string& tid = "",
                                          const std::string& tracker = "default");
  void write(ports::OutcomeRecord& record);     ///< In the transaction that is open.
  bool record(const ports::RowResult& result);  ///< False when the row was overtaken.
  void block(core::OutboxId id, core::OutboxId waits_for);
  void release(const std::string& subid = "click", const std::string& tracker = "default");
  void take_in(const core::LedgerEntry& entry, const std::string& subid = "click",
               const std::string& tid = "", const std::string& tracker = "default");
  SeenRow seen(core::OutboxId id);

  std::unique_ptr<StoreWorld> world_;
  ports::OutboxStore& store_;
};

/// Taken in at 7000 with 200 OK, as a sale, after one request.
ports::RowResult delivered(core::OutboxId id);
/// To be tried again at `at`, after one request that was answered with 503.
ports::RowResult retry_at(core::OutboxId id, std::int64_t at);
core::LedgerEntry sale_of(core::OutboxId id);

}  // namespace keitaro_outbox::store_tests
