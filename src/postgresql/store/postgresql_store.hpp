#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ports/leadership.hpp"
#include "ports/outbox_store.hpp"
#include "postgresql/base/connection.hpp"
#include "postgresql/lease/server_watch.hpp"
#include "postgresql/store/poll_pace.hpp"
#include "postgresql/store/read_ahead.hpp"
#include "postgresql/store/share.hpp"

namespace keitaro_outbox::postgresql {

/// This worker has no row in `outbox_workers` any more: others have its lanes.
class LeaseLost : public ports::StoreError {
 public:
  using StoreError::StoreError;
};

/// The outbox in a PostgreSQL database, as far as it is of a worker's share. A connection that is lost is
/// made again by the next transaction.
///
/// Reading is not of one moment: each statement sees what was committed when it began. Nobody but this worker
/// changes the rows of its lanes, operators apart, whose changes count from the moment at which they are
/// seen.
class PostgresqlStore final : public ports::OutboxStore {
 public:
  /// Connects, and checks the schema. Throws StoreError.
  explicit PostgresqlStore(std::string address, const Limits& limits = {});
  ~PostgresqlStore() override;

  /// Throws StoreError where the server is a standby, or a pooler before it takes no transactions.
  void require_transactions();
  /// Counts there what it does; it must outlive this.
  void count_in(ports::WorkerShare* counts) { counts_ = counts; }

  /// Until then all rows are its share.
  void set_share(ShareSource share) {
    share_ = std::move(share);
    loading_.reset();
  }

  /// Tells it what is recorded, and sends nothing where it is in doubt. It must outlive this.
  void set_watch(ServerWatch& watch) { watch_ = &watch; }

  /// Whether the next transaction can begin, as far as is known.
  bool usable() const { return connection_ && !connection_->lost(); }
  /// For tests and metrics.
  std::int64_t round_trips() const;
  /// Asked whether somebody has told of a commit since the last time. Without it there are no hints.
  void take_hints_from(std::function<bool()> source) { take_hint_ = std::move(source); }
  /// Told when it is to be asked for foreign commits again.
  void on_next_look(std::function<void(core::SteadyTime)> listener) { on_next_look_ = std::move(listener); }

  std::size_t preferred_span() const override { return 512; }
  bool holds_up_others() const override { return false; }

  void begin_read() override;
  void begin_write() override;
  using OutboxStore::commit;
  void commit(const std::function<void()>& visible) override;
  void rollback() noexcept override;
  /// It cannot tell, and says yes as often as is worth another look, and when the share is another one.
  bool foreign_commits() override;

  std::vector<std::string> trackers_with_pending(std::string_view after, std::size_t limit) override;
  void fresh(std::string_view tracker, core::OutboxId after, std::size_t limit, Known known,
             std::vector<core::OutboxId>& out) override;
  void due(std::string_view tracker, core::WallTime now, std::size_t limit,
           std::vector<ports::DueRow>& out) override;
  std::optional<core::WallTime> next_due(std::string_view tracker, core::WallTime now) override;
  void load_rows(std::span<const core::OutboxId> ids, const ports::InProgressSlot& in_progress,
                 std::vector<ports::LoadedRow>& out) override;
  void ledger_entries(std::string_view tracker, std::span<const ports::LedgerLookup> lookups,
                      const ports::InProgressSlot& in_progress,
                      std::vector<std::optional<core::LedgerEntry>>& out) override;
  bool has_pending(std::string_view tracker) override;
  std::vector<std::string> paused_trackers() override;
  std::vector<ports::BreakerState> open_breakers() override;

  void block(std::span<const ports::BlockedRow> rows) override;
  bool sweep_waiting(ports::SweepPosition& position, std::size_t limit) override;
  void record(std::span<ports::OutcomeRecord> records, const ports::InProgressSlot& in_progress) override;
  bool bring_back(std::string_view tracker, core::WallTime now, core::WallTime beyond) override;
  void record_breaker(const ports::BreakerState& note) override;
  void forget_breakers() override;
  std::optional<core::OutboxId> explain_waiting(std::string_view tracker, core::OutboxId after,
                                                std::string_view reason, std::size_t limit) override;

 private:
  Connection& connection();
  Result read(Statement statement);
  std::vector<Result> read_all(std::vector<Statement> statements);
  std::vector<Result> run_outside(std::vector<Statement> statements);
  Result run(Statement statement);
  std::vector<Result> run_all(std::vector<Statement> statements);
  void commit_queued();
  void record_now();
  void require_own_row(const Result& found);
  std::shared_ptr<const Share> share() const;
  std::optional<std::string> lanes();
  void write(std::span<ports::OutcomeRecord> records);
  void write_one_by_one(std::span<ports::OutcomeRecord> records);
  void settle_unwritten(std::span<ports::OutcomeRecord> records, const Result& written);
  void set_aside(ports::OutcomeRecord& record, const std::string& why);
  void news();
  void tell_watch();
  void tell_counts() noexcept;

  const std::string address_;
  const Limits limits_;
  ShareSource share_;
  ServerWatch* watch_ = nullptr;
  std::unique_ptr<Connection> connection_;
  std::int64_t earlier_round_trips_ = 0;  ///< Of connections that were lost.
  std::int64_t transactions_retried_ = 0;
  ports::WorkerShare* counts_ = nullptr;
  /// From begin_write() on. BEGIN is sent with the first statement whose result is needed, or else with the
  /// COMMIT and all that was queued.
  bool writing_ = false;
  std::vector<Statement> queued_;
  std::span<ports::OutcomeRecord> recording_;     ///< To be recorded after these.
  std::span<const ports::OutcomeRecord> newest_;  ///< Given last in this transaction.
  /// To load from. Only a look changes it, as it makes delivery begin at the first row again: an earlier row
  /// of a click whose lane has just come may stand behind where delivery has come to.
  std::shared_ptr<const Share> loading_;
  ReadAhead ahead_;
  /// What due() has read for next_due(), which is asked for next.
  struct NextDue {
    std::string tracker;
    core::WallTime after;
    std::optional<core::WallTime> at;
  } next_due_;
  PollPace pace_;
  std::function<bool()> take_hint_;
  std::function<void(core::SteadyTime)> on_next_look_;
};

}  // namespace keitaro_outbox::postgresql
