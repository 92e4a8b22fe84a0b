#pragma once

#include <memory>
#include <optional>
#include <string>

#include "schedules/fate.hpp"
#include "schedules/mood.hpp"
#include "schedules/oracle.hpp"
#include "schedules/people.hpp"
#include "schedules/sabotage.hpp"
#include "schedules/world.hpp"

namespace keitaro_outbox::simulation {

struct SimulationOptions {
  std::uint64_t seed = 0;
  Sabotage sabotage = Sabotage::none;
  bool trace = false;  ///< Tells each event on stdout.
};

/// One life of a database: people write and mend, trackers and the disk have their moods, the worker dies and
/// comes back, clocks are set. Then all troubles end, and everything must be finished within bounded time.
/// All of it follows from the seed.
class Simulation final : public PortHooks, public Wiretap {
 public:
  explicit Simulation(const SimulationOptions& options);

  /// What was found wrong, if anything.
  std::optional<std::string> run();

 private:
  // The worker's calls pass here.
  void before(PortCall call) override;
  void after(PortCall call) override;
  void on_request(const Arrival& arrival) override;
  void on_completion(const Arrival& arrival, const core::Exchange& exchange) override;

  void troubled_times();
  void heal_and_finish();
  void something_happens();
  void people_act(const std::string& what);
  void reload(std::size_t left_out);
  void change_mood();
  void step_the_clock();
  void trouble_the_store();
  void end_the_worker();

  core::Millis until_all_is_due() const;
  void live_until(core::SteadyTime end);
  core::SteadyTime next_moment(core::SteadyTime end) const;
  void let_the_worker_work();
  bool worker_is_wanted();
  void take_a_turn();
  void kill(core::Millis down_for);
  void stop_gracefully();
  void say(const std::string& what) const;
  void tell_what_is_pending() const;

  SimulationOptions options_;
  SimRandom chance_;
  std::vector<KnownTracker> trackers_;
  World world_;
  Oracle oracle_;
  Fate fate_;
  People people_;
  std::map<std::string, Mood> moods_;
  bool troubled_ = true;
  bool in_transaction_ = false;
  core::SteadyTime worker_up_at_{};
  std::optional<core::SteadyTime> next_turn_;
  std::optional<core::SteadyTime> wake_at_;
  int turns_ = 0;
  core::WallTime latest_wall_{};  ///< Before the wall's clock was set back.
};

}  // namespace keitaro_outbox::simulation
