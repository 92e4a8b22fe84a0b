#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/flow/circuit_breaker.hpp"
#include "core/text/time.hpp"
#include "delivery/tracker_snapshot.hpp"
#include "delivery/tracker_spec.hpp"
#include "ports/backend.hpp"
#include "ports/observer.hpp"
#include "ports/timing.hpp"
#include "ports/transport.hpp"
#include "worker/retention_ages.hpp"

namespace keitaro_outbox::worker {

enum class RunPhase : std::uint8_t { starting, standing_by, delivering, stopping, ended };

/// Why rows that are pending may have been sent.
enum class DoubtfulPast : std::uint8_t {
  restored,   ///< An older copy of the database was accepted.
  power_cut,  ///< The machine went down, and the last answers with it.
};

/// What a transport for a worker needs.
struct TransportParts {
  int senders = 1;                           ///< Threads that send.
  std::function<void()> on_completion;       ///< Called from those threads once per batch of completions.
  std::vector<ports::InProgressSlot> slots;  ///< Where each of them notes the row it handles.
  /// Asked from those threads before a request is begun that may take so long. Empty where nothing can change
  /// between the dispatch of a request and its beginning.
  std::function<bool(core::Millis)> may_begin;
  ports::AckJournal& acks;  ///< Where answers are kept until they are recorded.
};

/// The parts of the world that a worker runs on. Both functions may throw.
struct EngineParts {
  std::function<std::unique_ptr<ports::Backend>()> open_backend;
  /// Called with the lead, before anything is read or sent; it throws where nothing may be.
  std::function<void()> may_lead = {};
  std::function<std::unique_ptr<ports::Transport>(TransportParts)> make_transport;
};

struct EngineOptions {
  EngineParts parts;
  std::vector<delivery::TrackerSpec> trackers;
  int senders = 1;                                 ///< Threads that send.
  core::Millis grace = std::chrono::seconds{10};   ///< What requests in flight get at a stop.
  bool until_drained = false;                      ///< End when nothing is pending for the known trackers.
  std::optional<core::Millis> give_up_after = {};  ///< End then, drained or not.
  RetentionAges keep = {};                         ///< What is older is deleted while this worker delivers.
  bool resume_restored = false;                    ///< Go on with an older copy of the database, once.
  /// Called by the thread of run() before anything is sent, where rows that are pending may have been sent:
  /// such that turn out to have been may be recorded so. Should return soon where `stop_asked` says so. May
  /// throw StoreError. May be empty.
  std::function<void(ports::OutboxStore&, DoubtfulPast, const std::function<bool()>& stop_asked)> on_doubt =
      {};
  /// A row that is handled for so long without end is taken to wedge the worker; see on_wedge.
  std::optional<core::Millis> handling_limit = {};
  /// Then called, from a thread of its own: should end the process, which can do nothing else any more.
  std::function<void(core::OutboxId)> on_wedge = {};
  /// Called by the thread of run() in each round of its loop: ten times a second at least while it delivers,
  /// once while it stands by. Must be quick. May be empty.
  std::function<void(RunPhase)> on_turn = {};
  ports::TimingListener on_timing = {};  ///< Called from that thread and from upkeep. May be empty.
  ports::Observer* observer = nullptr;   ///< Called from the thread of run(); must outlive it. May be null.
};

/// Counts since the start, by what became of rows.
struct Counts {
  std::uint64_t delivered = 0;
  std::uint64_t duplicate = 0;
  std::uint64_t refused = 0;
  std::uint64_t dead = 0;
  std::uint64_t retried = 0;    ///< Failed attempts after which the row is tried again.
  std::uint64_t in_flight = 0;  ///< Now.
};

struct Summary {
  enum class End : std::uint8_t { stopped, drained, gave_up };
  End end = End::stopped;
  /// For gave_up ahead of its time: when the first pending row is due, which is later than that.
  std::optional<core::WallTime> next_due_at;
  Counts counts;
  bool pending_left = false;                  ///< Rows are still pending, those of unknown trackers included.
  std::vector<std::string> paused_trackers;   ///< Those of the configuration that have pending rows.
  std::vector<std::string> unknown_trackers;  ///< Named by pending rows, absent from the configuration.
};

/// In logs and in JSON.
std::string_view name_of(Summary::End end);

/// A worker: takes the lead, then runs the delivery cycle between store and transport.
class Engine {
 public:
  explicit Engine(EngineOptions options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Opens the database and checks its schema; run() does it where it was not done.
  /// Throws ports::StoreError when the file cannot be opened, or has no (or an unknown) schema; all that
  /// comes out of here says in one line what is wrong.
  void open();

  /// Delivers until stop(), or as the options say. Stands by first while another worker drains the same
  /// database. Throws as open() does; trouble with the database later on is waited out, as is a lack of
  /// memory. Once only.
  Summary run();

  /// Lets run() finish what is in flight and return. From any thread, and from a signal handler.
  void stop() noexcept;

  /// Replaces the trackers at the next round (see delivery::Cycle::reconfigure). From any thread.
  void reconfigure(std::vector<delivery::TrackerSpec> trackers);

  /// From any thread.
  Counts counts() const;
  std::vector<delivery::TrackerSnapshot> trackers() const;  ///< At most a tenth of a second old.
  RunPhase phase() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace keitaro_outbox::worker
