#pragma once

#include <optional>
#include <string>

#include "ports/backlog_reader.hpp"
#include "postgresql/base/connection.hpp"

namespace keitaro_outbox::postgresql {

/// Counts what is pending, and, for people, what is finished. Each look reads all pending rows; finished ones
/// are counted anew by a pass whose cost a rest pays off.
class BacklogReader final : public ports::BacklogReader {
 public:
  BacklogReader(std::string address, ports::BacklogScope scope);

  const ports::StatusSnapshot& look(core::WallTime now, core::Millis time) override;
  void carry_on(core::Millis time) override;
  bool pass_under_way() const override { return false; }
  const ports::PartialCount<ports::PendingDetails>& pending() const override { return pending_; }
  const ports::PartialCount<ports::FinishedCounts>& finished() const override { return finished_; }
  bool is_of_another_database() const override { return false; }

 private:
  void connect();
  void read_workers();
  void read_vacuum();
  void read_pending(core::WallTime now);
  void read_failed();
  void read_inserted();
  void read_finished(core::WallTime now);

  const std::string address_;
  const bool everything_;
  std::optional<Connection> connection_;
  ports::StatusSnapshot snapshot_;
  ports::PartialCount<ports::PendingDetails> pending_;
  ports::PartialCount<ports::FinishedCounts> finished_;
  std::optional<std::int64_t> last_id_;
  core::SteadyTime rest_until_{};
};

}  // namespace keitaro_outbox::postgresql
