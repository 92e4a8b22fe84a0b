#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ports/backend.hpp"
#include "postgresql/lease/lease.hpp"
#include "postgresql/store/postgresql_store.hpp"
#include "postgresql/worker/commit_listener.hpp"
#include "postgresql/worker/poll_signal.hpp"

namespace keitaro_outbox::postgresql {

/// Leadership of a share: of several workers each delivers from lanes of its own.
class LeaseLeadership final : public ports::Leadership {
 public:
  explicit LeaseLeadership(Lease& lease) : lease_(lease) {}

  bool try_acquire() override;
  bool acquire_within(core::Millis limit, int stop_fd) override;
  bool renew() override { return !lease_.taken_over(); }
  bool is_current(core::Millis span) const noexcept override { return lease_.lasts_for(span); }
  bool expires() const override { return true; }
  void release() noexcept override { lease_.release(); }
  bool has_surplus() const override { return lease_.has_surplus(); }
  void give_surplus_away() override { lease_.give_away(); }

 private:
  Lease& lease_;
  bool was_held_ = false;
};

/// Answers that are not recorded when a worker ends are asked for again by the next one.
class NoRecoveryMemory final : public ports::RecoveryMemory, private ports::AckJournal {
 public:
  ports::AckJournal& acks() override { return *this; }
  std::vector<std::pair<ports::AckId, ports::Ack>> unrecorded_acks() override { return {}; }
  std::vector<ports::InProgressSlot> slots(int senders) override {
    return std::vector<ports::InProgressSlot>(static_cast<std::size_t>(senders) + 1);
  }
  std::vector<std::pair<core::OutboxId, std::string>> quarantined_rows() override { return {}; }
  void finished(core::OutboxId, bool) noexcept override {}

 private:
  std::optional<ports::AckId> keep(const ports::Ack&) noexcept override { return std::nullopt; }
  void forget(ports::AckId) noexcept override {}
};

struct BackendOptions {
  ports::WorkerShare* share = nullptr;  ///< Where the worker tells what it has; must outlive it. May be null.
  /// Whether to listen for commits, so as to notice them at once.
  bool listens = false;
  /// It listens, with an empty text; or it cannot, and why. From a thread of its own.
  std::function<void(const std::string& why_not)> on_listening = {};
};

/// The outbox in a PostgreSQL database, for a worker. A connection that is lost is made again by the store.
class PostgresqlBackend final : public ports::Backend {
 public:
  PostgresqlBackend(const std::string& address, BackendOptions options);
  ~PostgresqlBackend() override;

  ports::OutboxStore& store() override { return store_; }
  ports::Leadership& leadership() override { return leadership_; }
  ports::RecoveryMemory& memory() override { return memory_; }
  /// 1 for a server that may lack something: how much is not to be known.
  std::int64_t take_over(bool accept) override { return accept && lease_.accept_server() ? 1 : 0; }
  bool lacks_recorded_outcomes() override { return false; }
  bool is_older_copy() const override { return watch_.in_doubt(); }
  bool usable() const override { return !watch_.in_doubt(); }
  bool must_reopen() override { return changes_told_ != watch_.changes(); }
  /// Connections of the store are made again by itself; that of a pruner is of the former server.
  Reopened reopen() override {
    changes_told_ = watch_.changes();
    return Reopened::same_database;
  }
  void start_upkeep(const ports::TimingListener&) override;
  void stop_upkeep() noexcept override;
  bool upkeep_runs() const override { return upkeep_runs_; }
  void others_commit(bool) noexcept override {}
  ports::CommitSignal& commits() override { return signal_; }
  std::unique_ptr<ports::Pruner> pruner(const ports::PruningOptions& options) override;

 private:
  const std::string address_;
  const BackendOptions options_;
  PollSignal signal_;
  ServerWatch watch_;
  int changes_told_ = 0;
  PostgresqlStore store_;
  Lease lease_;
  LeaseLeadership leadership_;
  NoRecoveryMemory memory_;
  std::optional<CommitListener> listener_;
  bool upkeep_runs_ = false;
};

}  // namespace keitaro_outbox::postgresql
