#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schedules/mood.hpp"
#include "schedules/owners/lease_table.hpp"
#include "schedules/owners/leased_store.hpp"
#include "schedules/owners/owners_oracle.hpp"
#include "schedules/owners/sim_lease.hpp"
#include "schedules/people.hpp"
#include "schedules/world.hpp"

namespace keitaro_outbox::simulation {

/// What is taken out, to see that the simulation misses it.
enum class OwnersSabotage : std::uint8_t {
  none,
  fence,     ///< Who has lost its lanes records all the same.
  deadline,  ///< Nobody looks whether the lease lasts before it sends.
  lanes,     ///< Everybody delivers everything.
  handover,  ///< Lanes are given away with requests of theirs under way.
  look       ///< Lanes that come are loaded from at once, from the middle of what was looked at.
};
std::optional<OwnersSabotage> owners_sabotage_named(std::string_view name);

struct OwnersOptions {
  std::uint64_t seed = 0;
  OwnersSabotage sabotage = OwnersSabotage::none;
  bool trace = false;
};

/// Several workers on one outbox with PostgreSQL's behaviour, in one virtual time: they share the rows by
/// leases of lanes; they are killed, frozen and cut off from the database; its commits conflict, are lost, or
/// are made and not told of. Then all troubles end, and everything must be finished within bounded time. All
/// of it follows from the seed.
class OwnersSimulation {
 public:
  explicit OwnersSimulation(const OwnersOptions& options);
  ~OwnersSimulation();

  /// What was found wrong, if anything.
  std::optional<std::string> run();

 private:
  class Owner;
  struct LateCommit {
    core::SteadyTime at;
    std::string worker;
    std::function<void(ports::OutboxStore&)> write;
  };

  void troubled_times();
  void heal_and_finish();
  void something_happens();
  void people_act();
  void flood();
  void write_late();
  void finish_writing();
  void mend();
  void cut_off(Owner& owner);
  void take_the_server_away();

  void live_until(core::SteadyTime end);
  void work_of_this_instant();
  void let_time_work();
  core::SteadyTime next_moment(core::SteadyTime end) const;
  void commit_what_is_late();
  core::Millis until_all_is_due();
  bool server_is_there() const { return clock_.steady() >= server_back_at_; }
  int in_flight(const OwnersOracle::Click& click) const;
  Owner& any_owner();
  void say(const std::string& what) const;

  OwnersOptions options_;
  SimRandom chance_;
  SimClock clock_;
  SimDatabase database_;
  SimReceiver receiver_;
  std::vector<delivery::TrackerSpec> trackers_;
  std::size_t span_ = 512;
  std::map<std::string, Mood> moods_;
  LeaseTable leases_;
  OwnersOracle oracle_;
  People people_;
  std::unique_ptr<ports::OutboxStore> server_;  ///< Commits what is late.
  std::vector<LateCommit> late_;
  std::optional<NewRow> being_written_;  ///< By a transaction that lasts; its id is drawn.
  std::int64_t being_written_id_ = 0;
  std::int64_t being_written_since_ = 0;
  core::SteadyTime server_back_at_{};
  double conflict_odds_ = 0.01;
  double loss_odds_ = 0.02;
  bool troubled_ = true;
  int names_ = 0;
  int depth_ = 0;  ///< How many owners are in the middle of a turn.
  std::vector<std::unique_ptr<Owner>> owners_;
};

}  // namespace keitaro_outbox::simulation
