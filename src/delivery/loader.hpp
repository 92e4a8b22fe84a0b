#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "delivery/lane.hpp"
#include "delivery/outcome.hpp"
#include "ports/clock.hpp"
#include "ports/handling_mark.hpp"
#include "ports/store.hpp"

namespace keitaro_outbox::delivery {

/// Brings rows from the store into a lane, planned and in order per click.
///
/// A candidate whose click is busy in memory, or has an earlier row waiting in the store, is parked behind
/// it. Rows with a later time of their own are taken only once every fresh row with a smaller id has been
/// looked at: so an earlier row of the same click is either in memory, or waiting, or done, and no index over
/// all pending rows by click is needed.
class Loader {
 public:
  Loader(ports::Store& store, const ports::Clock& clock) : store_(store), clock_(clock) {}

  void note_handling(const ports::HandlingMark& mark) { mark_ = mark; }

  /// The row is not planned any more: it ends `dead` for `reason` when its turn comes.
  void set_aside(core::OutboxId id, std::string reason) {
    set_aside_.insert_or_assign(id.value, std::move(reason));
  }

  /// Whether load() could bring anything now.
  bool wanted(const Lane& lane) const;

  /// In a reading transaction. Plans that end without a request go to `outcomes`; candidates to park to
  /// `lane.to_park`.
  void load(Lane& lane, std::uint64_t epoch, std::vector<Outcome>& outcomes);

  /// In a writing transaction: parks what load() left for it. A row that need not wait any more is left to
  /// the next load(), which sees first whether an earlier one of its click came free as well. `lane.to_park`
  /// stays as it is: the caller clears it once the transaction is committed.
  void park_left(Lane& lane);

  /// In a transaction: whether a planned row may still be sent, as of now. It may not when an earlier row of
  /// its click has been sent again: such a row has a time of its own, and so stands among those that wait.
  /// The row's strikes are read anew: it may have been sent again itself.
  bool still_ready(Planned& planned);

 private:
  static std::size_t crowd(const Lane& lane);
  void load_fresh(Lane& lane, std::size_t room, std::uint64_t epoch, std::vector<Outcome>& outcomes);
  void load_due(Lane& lane, std::size_t room, std::uint64_t epoch, std::vector<Outcome>& outcomes);
  void consider(Lane& lane, core::OutboxId id, std::uint64_t epoch, std::vector<Outcome>& outcomes);
  static std::optional<core::OutboxId> must_wait_for(Lane& lane, const ports::Contender& contender);

  /// Whether the row was set aside, which is then its end.
  std::optional<core::Finish> set_aside_end(core::OutboxId id) const;

  ports::Store& store_;
  const ports::Clock& clock_;
  ports::HandlingMark mark_;
  std::map<std::int64_t, std::string> set_aside_;  ///< By id: why. Empty, as a rule.
  std::vector<core::OutboxId> ids_;
  std::vector<ports::Candidate> candidates_;
};

}  // namespace keitaro_outbox::delivery
