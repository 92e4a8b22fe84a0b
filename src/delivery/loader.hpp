#pragma once

#include <cstdint>
#include <vector>

#include "delivery/lane.hpp"
#include "delivery/outcome.hpp"
#include "ports/clock.hpp"
#include "ports/store.hpp"

namespace keitaro_outbox::delivery {

/// Brings rows from the store into a lane, planned and in order per click.
///
/// A candidate whose click is busy in memory, or has an earlier row waiting in the store, is parked behind it. Rows with a later time
/// of their own are taken only once every fresh row with a smaller id has been looked at: so an earlier row of the same click is
/// either in memory, or waiting, or done, and no index over all pending rows by click is needed.
class Loader {
 public:
  Loader(ports::Store& store, const ports::Clock& clock) : store_(store), clock_(clock) {}

  /// Whether load() could bring anything now.
  bool wanted(const Lane& lane) const;

  /// In a reading transaction. Plans that end without a request go to `outcomes`; candidates to park to `lane.to_reconsider`.
  void load(Lane& lane, std::uint64_t epoch, std::vector<Outcome>& outcomes);

  /// In a writing transaction: parks, or loads, what load() left for it. `lane.to_reconsider` is left as it is: the caller clears it
  /// once the transaction is committed.
  void reconsider(Lane& lane, std::uint64_t epoch, std::vector<Outcome>& outcomes);

  /// In a transaction: whether a planned row may still be sent, as of now.
  bool still_ready(const Planned& planned);

 private:
  enum class Access : std::uint8_t { read, write };
  void load_fresh(Lane& lane, std::size_t room, std::uint64_t epoch, std::vector<Outcome>& outcomes);
  void load_due(Lane& lane, std::size_t room, std::uint64_t epoch, std::vector<Outcome>& outcomes);
  void consider(Lane& lane, core::OutboxId id, Access access, std::uint64_t epoch, std::vector<Outcome>& outcomes);
  void park(Lane& lane, core::OutboxId id, core::OutboxId behind, Access access);

  ports::Store& store_;
  const ports::Clock& clock_;
  std::vector<core::OutboxId> ids_;
  std::vector<ports::Candidate> candidates_;
  std::vector<core::OutboxId> waiting_;
};

}  // namespace keitaro_outbox::delivery
