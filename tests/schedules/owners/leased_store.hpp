#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ports/outbox_store.hpp"
#include "postgresql/store/poll_pace.hpp"
#include "schedules/owners/sim_lease.hpp"
#include "schedules/sim_clock.hpp"
#include "schedules/sim_database.hpp"

namespace keitaro_outbox::simulation {

/// What becomes of a transaction that is sent as a whole.
enum class CommitFate : std::uint8_t {
  works,
  conflict,     ///< A deadlock, say: rolled back.
  lost_before,  ///< The connection is lost, and nothing was committed.
  lost_after,   ///< The same; it was committed.
  late          ///< The same; the server has it, waits for a lock, and commits it some time later.
};

/// The server as a store meets it.
struct ServerFate {
  std::function<void()> statement;  ///< Before each; may throw StoreError.
  std::function<CommitFate()> commit;
  /// Takes over what is committed later, if its worker then has its row yet.
  std::function<void(std::function<void(ports::OutboxStore&)>)> later;
};

struct LeasedStoreOptions {
  std::size_t span = 512;
  bool fenced = true;          ///< False for sabotage.
  bool lanes_only = true;      ///< The same.
  bool lanes_at_once = false;  ///< True for sabotage: lanes are loaded from as soon as they are there.
};

/// A store with PostgreSQL's behaviour over one that has SQLite's: the rows of a worker's lanes only; a fence
/// in each transaction that writes; each statement that reads sees what is committed at that moment; what is
/// written is queued, and sent with the COMMIT in one round trip; whether a commit took effect may be
/// unknown.
class LeasedStore final : public ports::OutboxStore {
 public:
  LeasedStore(ports::OutboxStore& inner, SimDatabase& database, const SimClock& clock,
              const LeaseTable& table, const SimLease& lease, ServerFate fate,
              const LeasedStoreOptions& options);

  /// Whether a transaction is open that others would have to wait for.
  bool in_transaction() const { return begun_; }
  core::SteadyTime next_look() const { return pace_.next(); }

  std::size_t preferred_span() const override { return options_.span; }
  bool holds_up_others() const override { return false; }
  void begin_read() override;
  void begin_write() override;
  using OutboxStore::commit;
  void commit(const std::function<void()>& visible) override;
  void rollback() noexcept override;
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
  using Write = std::function<void(ports::OutboxStore&)>;

  template <typename Work>
  auto read(Work&& work);
  template <typename Work>
  auto write_now(Work&& work);
  void begin();
  void require_own_row() const;
  void send_all();
  bool is_ours(core::OutboxId id);
  bool is_ours(std::string_view tracker, std::string_view subid);

  ports::OutboxStore& inner_;
  SimDatabase& database_;
  const SimClock& clock_;
  const LeaseTable& table_;
  const SimLease& lease_;
  ServerFate fate_;
  LeasedStoreOptions options_;
  /// To load from, as of the last look.
  std::optional<LeaseTable::Lanes> loading_;
  postgresql::PollPace pace_;
  bool writing_ = false;
  bool begun_ = false;  ///< The transaction is open at the server.
  std::vector<Write> queued_;
  std::span<ports::OutcomeRecord> recording_;
};

}  // namespace keitaro_outbox::simulation
