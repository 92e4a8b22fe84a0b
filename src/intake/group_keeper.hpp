#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "core/text/time.hpp"
#include "intake/spool.hpp"
#include "ports/intake_store.hpp"

namespace keitaro_outbox::intake {

/// Synced to the spool: it becomes a row when the database takes it.
struct Spooled {
  std::string why;
};
struct NotKept {
  std::string why;
};
using KeepResult = std::variant<ports::RowStored, ports::EventKnown, ports::RowRejected, Spooled, NotKept,
                                ports::RejectNotKept>;

/// Keeps groups of what came in: in the database, after what the spool holds; where the database cannot take
/// them, in the spool. One thread at a time; several, of several processes too, may share a database and a
/// spool.
class GroupKeeper {
 public:
  /// `spool` may be nullptr. `on_set_aside` is told how many damaged lines of the spool were set aside; it
  /// may be empty.
  GroupKeeper(ports::IntakeStore& store, Spool* spool, std::function<void(std::size_t lines)> on_set_aside)
      : store_(store), spool_(spool), on_set_aside_(std::move(on_set_aside)) {}

  struct Kept {
    std::vector<KeepResult> results;  ///< One for each item.
    std::size_t from_spool = 0;       ///< Items of the spool that are rows or rejects now.
    bool failed = false;              ///< The database did not take it.
  };
  /// Waits at most `wait` for another's lock. Each item is as safe as its result says when this returns.
  Kept keep(const std::vector<ports::IntakeItem>& items, core::Millis wait);

  std::int64_t spool_bytes() const;

 private:
  std::string commit(const std::vector<ports::IntakeItem>& items, core::Millis wait, Kept& kept);

  ports::IntakeStore& store_;
  Spool* const spool_;
  const std::function<void(std::size_t)> on_set_aside_;
};

}  // namespace keitaro_outbox::intake
